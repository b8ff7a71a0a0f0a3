-- How likely churn is, and how that was checked.

-- Of an account as its snapshot has it: hundredths of the usual rate of churn, and hundredths of a percent; null where the model that
-- scored it says nothing of it, or too little is known. The percent is also null while the last check contradicts it.
alter table accounts add column churn_times_usual bigint;
alter table accounts add column churn_probability bigint;
alter table accounts_before add column churn_times_usual bigint;
alter table accounts_before add column churn_probability bigint;
alter table score_snapshots add column churn_times_usual bigint;
alter table score_snapshots add column churn_probability bigint;
alter table score_snapshots_before add column churn_times_usual bigint;
alter table score_snapshots_before add column churn_probability bigint;

-- The last closed window of a model with a probability: the day of the scores, the accounts that had one, how many were expected to churn
-- in the window, in hundredths, and how many did.
alter table score_models add column checked_on date;
alter table score_models add column checked_accounts bigint;
alter table score_models add column expected_churns bigint;
alter table score_models add column observed_churns bigint;
