-- What the HTTP API keeps: who may call it, which calls it has answered, what came of work that took longer. Types as in 0001;
-- constraints follow in 0010.

-- Of a key's text only the SHA-256 is kept, in hexadecimal; prefix is the part of it that people see. scopes is a canonical JSON
-- array. A key acts as user_id.
create table api_keys (
  organization_id uuid not null,
  id              uuid not null,
  prefix          text collate "C" not null,
  secret_sha256   text collate "C" not null,
  name            text collate "C" not null,
  user_id         uuid not null,
  scopes          text collate "C" not null,
  created_at      timestamptz not null,
  created_by      uuid not null,
  expires_at      timestamptz,
  revoked_at      timestamptz,
  last_used_at    timestamptz,
  primary key (organization_id, id)
);

-- A call that may be sent again, and its answer. api_key_id is the nil UUID where the server asks for no keys, so it refers to
-- nothing. holder is the attempt that is at work, until lease_until unless it says that it is done. An answer too large to keep
-- has no body.
create table idempotency_keys (
  organization_id uuid not null,
  api_key_id      uuid not null,
  idempotency_key text collate "C" not null,
  fingerprint     text collate "C" not null,
  status          text collate "C" not null check (status in ('running', 'done')),
  holder          uuid not null,
  lease_until     timestamptz not null,
  answer_status   bigint,
  answer_headers  text collate "C",
  answer_body     text collate "C",
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  primary key (organization_id, api_key_id, idempotency_key)
);

-- The answer of work that was answered before it was done. A dry run is no row of operations, so this refers to nothing.
create table operation_results (
  organization_id uuid not null,
  operation_id    uuid not null,
  status          bigint not null,
  body            text collate "C" not null,
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  primary key (organization_id, operation_id)
);
