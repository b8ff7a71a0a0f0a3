-- A score that nobody knows is null, no longer the default of the formula: of an account that was never scored, and of one whose
-- data cover too little. What health would come to stands beside it. Units as in 0001.

-- SQLite keeps a column's "not null" as long as the column: another one takes its place.
drop index accounts_health;
drop index accounts_churn_risk;
alter table accounts rename column health_score to old_health_score;
alter table accounts rename column churn_risk_score to old_churn_risk_score;
alter table accounts add column health_score integer check (health_score between 0 and 100);
alter table accounts add column churn_risk_score integer check (churn_risk_score between 0 and 100);
alter table accounts add column provisional_health_score integer check (provisional_health_score between 0 and 100);
alter table accounts_before add column provisional_health_score integer;

update accounts set churn_risk_score = old_churn_risk_score,
  health_score = case when band = 'insufficient_data' then null else old_health_score end,
  provisional_health_score = case when band = 'insufficient_data' then old_health_score end
where scored_at is not null;
alter table accounts drop column old_health_score;
alter table accounts drop column old_churn_risk_score;
create index accounts_health on accounts (organization_id, health_score desc, id desc);
create index accounts_churn_risk on accounts (organization_id, churn_risk_score desc, id desc);

-- Only snapshots have the band of churn risk: an account has the scores of its latest one.
update accounts set churn_risk_score = null
from (select organization_id, account_id, max(snapshot_date) as day from score_snapshots group by organization_id, account_id) latest,
  score_snapshots s
where accounts.organization_id = latest.organization_id and accounts.id = latest.account_id
  and s.organization_id = latest.organization_id and s.snapshot_date = latest.day and s.account_id = latest.account_id
  and s.churn_band = 'insufficient_data';

-- Of a record that was removed everything is kept, its snapshots too.
update accounts_before set health_score = null, churn_risk_score = null where scored_at is null;
update accounts_before set provisional_health_score = health_score, health_score = null where band = 'insufficient_data';
update accounts_before set churn_risk_score = null where changed < 0 and churn_risk_score is not null
  and (select b.churn_band from score_snapshots_before b where b.organization_id = accounts_before.organization_id
    and b.operation_id = accounts_before.operation_id and b.account_id = accounts_before.id
    order by b.snapshot_date desc limit 1) = 'insufficient_data';
