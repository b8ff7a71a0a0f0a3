-- A score that nobody knows is null, no longer the default of the formula: of an account that was never scored, and of one whose
-- data cover too little. What health would come to stands beside it. Types as in 0001.

alter table accounts alter column health_score drop not null;
alter table accounts alter column health_score drop default;
alter table accounts alter column churn_risk_score drop not null;
alter table accounts alter column churn_risk_score drop default;
alter table accounts add column provisional_health_score bigint check (provisional_health_score between 0 and 100);
alter table accounts_before add column provisional_health_score bigint;

update accounts set health_score = null, churn_risk_score = null where scored_at is null;
update accounts set provisional_health_score = health_score, health_score = null where band = 'insufficient_data';
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
