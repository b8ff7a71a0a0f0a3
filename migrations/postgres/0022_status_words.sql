-- Whose word a status is. The last status that an import gave stands beside the account, so that a file that says the same again
-- changes nothing; a status may end on a day, after which the nightly run decides again. Types as in 0001.

alter table accounts add column imported_status text collate "C" check (imported_status in ('active', 'churned', 'at_risk', 'onboarding'));
alter table accounts add column status_until date;
alter table accounts_before add column imported_status text collate "C";
alter table accounts_before add column status_until date;

update accounts set imported_status = status where status_source = 'import';
-- Nobody has said "active" of an account that was made without a status and never had another.
update accounts set status_source = 'model' where status_source = 'person' and status = 'active'
  and not exists (select 1 from account_changes c where c.organization_id = accounts.organization_id
    and c.account_id = accounts.id and c.field = 'status');
