-- What figures of the whole book and the commonest lists go by, and what a run leaves so that one account is explained without looking
-- at the others.

-- Groups by band and status, their ARR and health, from the index alone; filters by band.
drop index accounts_band;
create index accounts_book on accounts (organization_id, band, status, archived_at, merged_into, arr, health_score);
-- A manager's renewals.
drop index accounts_owner;
create index accounts_owner on accounts (organization_id, owner_id, contract_end) where owner_id is not null;
-- Whether payments are recorded at all.
create index accounts_past_due on accounts (organization_id, past_due_since) where past_due_since is not null;
create index account_changes_past_due on account_changes (organization_id, old_value) where field = 'past_due_since';

-- ARR of the day's accounts, ascending, by size: see `score::ranks`.
alter table score_books add column arr_ranks bytea;
alter table score_books_before add column arr_ranks bytea;
