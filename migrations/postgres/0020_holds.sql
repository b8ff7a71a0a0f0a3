-- Why an alert is held: held says that it is, held_by since what. Until now only the guard held any.
alter table alerts add column held_by text collate "C" check (held_by in ('guard', 'first_run', 'new_rule', 'new_model'));
alter table alerts_before add column held_by text collate "C";
update alerts set held_by = 'guard' where held;
update alerts_before set held_by = 'guard' where held;

-- What a night was. live: it had consequences, alerts and statuses, and was not only the scores of a past day. models has the
-- fingerprints that scored it, separated by commas; rules has the lowest of two bits for each alert rule that was enabled.
alter table score_books add column live boolean not null default false;
alter table score_books add column models text collate "C" not null default '';
alter table score_books add column rules bigint not null default 0;
alter table score_books_before add column live boolean not null default false;
alter table score_books_before add column models text collate "C" not null default '';
alter table score_books_before add column rules bigint not null default 0;
update score_books set live = true, rules = 349525;
update score_books_before set live = true, rules = 349525;

-- Until now the first snapshot of an account was a baseline: what held on it never opened. What still holds and never had an alert
-- counts as new; no fingerprint is known to have judged anything, so the next night holds it.
update score_snapshots set alert_levels = alert_levels
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'health_below') then 0 else (alert_levels & 3) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'health_drop') then 0 else (alert_levels & 12) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'churn_rise') then 0 else (alert_levels & 48) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'engagement_gap') then 0 else (alert_levels & 192) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'support_escalation') then 0 else (alert_levels & 768) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'renewal_window') then 0 else (alert_levels & 3072) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'usage_stop') then 0 else (alert_levels & 12288) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'goal_at_risk') then 0 else (alert_levels & 49152) end
  - case when exists (select 1 from alerts l where l.organization_id = score_snapshots.organization_id
      and l.account_id = score_snapshots.account_id and l.rule = 'goal_missed') then 0 else (alert_levels & 196608) end
from (select organization_id, max(snapshot_date) as day from score_books group by organization_id) latest
where score_snapshots.organization_id = latest.organization_id and score_snapshots.snapshot_date = latest.day
  and score_snapshots.alert_levels <> 0;
