-- Calls of the API that are done once. Units and types as in 0001.

-- The call that may be sent again: it stays the same whoever works on it.
alter table idempotency_keys add column call_id blob;

-- The call that a write was asked for by, written with it.
alter table operations add column call_id blob;
