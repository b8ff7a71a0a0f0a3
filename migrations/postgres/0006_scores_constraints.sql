-- Foreign keys, and the keys that runs and lists go by.

alter table score_snapshots add foreign key (organization_id, account_id) references accounts (organization_id, id);
alter table score_books add foreign key (organization_id) references organizations (id);
alter table score_models add foreign key (organization_id, created_by) references users (organization_id, id);
alter table health_adjustments add foreign key (organization_id, account_id) references accounts (organization_id, id);
alter table health_adjustments add foreign key (organization_id, created_by) references users (organization_id, id);
alter table alerts add foreign key (organization_id, account_id) references accounts (organization_id, id);

create index score_snapshots_date on score_snapshots (organization_id, snapshot_date);
create unique index score_models_revision on score_models (organization_id, name, revision);
create index health_adjustments_account on health_adjustments (organization_id, account_id, until_date);
create unique index alerts_open on alerts (organization_id, account_id, rule) where resolved_at is null and account_id is not null;
create unique index alerts_topic on alerts (organization_id, topic) where resolved_at is null and account_id is null;
create index alerts_opened on alerts (organization_id, opened_at desc nulls last, id desc);
create index accounts_band on accounts (organization_id, band);

-- Rows of metrics that few have and every run looks for.
create index health_metrics_severe on health_metrics (organization_id, account_id, metric_date)
  where urgent_tickets > 0 or escalated_tickets > 0;
create index health_metrics_sentiment on health_metrics (organization_id, account_id, metric_date) where sentiment is not null;
