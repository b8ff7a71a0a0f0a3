-- Foreign keys, and the keys that look-ups and sweeping go by.

alter table api_keys add foreign key (organization_id, user_id) references users (organization_id, id);
alter table api_keys add foreign key (organization_id, created_by) references users (organization_id, id);
alter table idempotency_keys add foreign key (organization_id) references organizations (id);
alter table operation_results add foreign key (organization_id) references organizations (id);

create unique index api_keys_prefix on api_keys (organization_id, prefix);
create index idempotency_keys_expires on idempotency_keys (organization_id, expires_at);
create index operation_results_expires on operation_results (organization_id, expires_at);
