-- What figures of the whole book and the commonest lists go by, and what a run leaves so that one account is explained without looking
-- at the others.

-- Totals, groups by status and band with their ARR and health, and filters by either: from the index alone.
drop index accounts_band;
drop index accounts_status;
create index accounts_status on accounts (organization_id, status, archived_at, band, arr, merged_into, health_score);
-- A manager's renewals.
drop index accounts_owner;
create index accounts_owner on accounts (organization_id, owner_id, contract_end) where owner_id is not null;
-- Whether payments are recorded at all.
create index accounts_past_due on accounts (organization_id, past_due_since) where past_due_since is not null;
create index account_changes_past_due on account_changes (organization_id, old_value) where field = 'past_due_since';

-- ARR of the day's accounts, ascending, by size: see `score::ranks`.
alter table score_books add column arr_ranks blob;
alter table score_books_before add column arr_ranks blob;
