-- Keys that look-ups and sweeping go by.

create unique index api_keys_prefix on api_keys (organization_id, prefix);
create index idempotency_keys_expires on idempotency_keys (organization_id, expires_at);
create index operation_results_expires on operation_results (organization_id, expires_at);
