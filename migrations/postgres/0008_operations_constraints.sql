-- Foreign keys, and the keys that look-ups and undoing go by.

alter table account_aliases add foreign key (organization_id, account_id) references accounts (organization_id, id);
alter table segments add foreign key (organization_id, created_by) references users (organization_id, id);
alter table goal_changes_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table account_aliases_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table segments_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table score_models_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table health_adjustments_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table alerts_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table score_snapshots_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table score_books_before add foreign key (organization_id, operation_id) references operations (organization_id, id);

create unique index account_aliases_external_key on account_aliases (organization_id, external_key);
create index account_aliases_account on account_aliases (organization_id, account_id);
create index accounts_merged_into on accounts (organization_id, merged_into) where merged_into is not null;
create index alerts_account on alerts (organization_id, account_id);
create unique index segments_name_key on segments (organization_id, name_key);

-- What was written to a record later than by an operation that is taken back.
create index users_before_record on users_before (organization_id, id);
create index accounts_before_record on accounts_before (organization_id, id);
create index account_aliases_before_record on account_aliases_before (organization_id, id);
create index contacts_before_record on contacts_before (organization_id, id);
create index account_team_before_record on account_team_before (organization_id, id);
create index engagements_before_record on engagements_before (organization_id, id);
create index attachments_before_record on attachments_before (organization_id, id);
create index health_metrics_before_record on health_metrics_before (organization_id, id);
create index customer_goals_before_record on customer_goals_before (organization_id, id);
create index account_changes_before_record on account_changes_before (organization_id, id);
create index goal_changes_before_record on goal_changes_before (organization_id, id);
create index segments_before_record on segments_before (organization_id, id);
create index score_models_before_record on score_models_before (organization_id, id);
create index health_adjustments_before_record on health_adjustments_before (organization_id, id);
create index alerts_before_record on alerts_before (organization_id, id);
