-- What figures of the whole book and the commonest lists go by, and what a run leaves so that one account is explained without looking
-- at the others.

-- Groups by status and band, their ARR, health and renewals, from the index alone.
create index accounts_book on accounts (organization_id, status, band, archived_at, merged_into, arr, health_score);
-- Renewals and their ARR, from the index alone.
drop index accounts_contract_end;
create index accounts_contract_end on accounts (organization_id, contract_end desc nulls last, id desc, status, archived_at, arr);
-- A manager's renewals; accounts without an owner.
drop index accounts_owner;
create index accounts_owner on accounts (organization_id, owner_id, contract_end);
-- The worst and the best of a band.
drop index accounts_band;
create index accounts_band on accounts (organization_id, band, health_score desc nulls last, id desc);
-- Whether payments are recorded at all.
create index accounts_past_due on accounts (organization_id, past_due_since) where past_due_since is not null;
create index account_changes_past_due on account_changes (organization_id, old_value) where field = 'past_due_since';

-- ARR of the day's accounts, ascending, by size: see `score::ranks`.
alter table score_books add column arr_ranks bytea;
alter table score_books_before add column arr_ranks bytea;
