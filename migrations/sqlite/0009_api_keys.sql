-- What the HTTP API keeps: who may call it, which calls it has answered, what came of work that took longer. Types as in 0001.

-- Of a key's text only the SHA-256 is kept, in hexadecimal; prefix is the part of it that people see. scopes is a canonical JSON
-- array. A key acts as user_id.
create table api_keys (
  organization_id blob not null,
  id              blob not null,
  prefix          text not null,
  secret_sha256   text not null,
  name            text not null,
  user_id         blob not null,
  scopes          text not null,
  created_at      text not null,
  created_by      blob not null,
  expires_at      text,
  revoked_at      text,
  last_used_at    text,
  primary key (organization_id, id),
  foreign key (organization_id, user_id) references users (organization_id, id),
  foreign key (organization_id, created_by) references users (organization_id, id)
) strict;

-- A call that may be sent again, and its answer. api_key_id is the nil UUID where the server asks for no keys, so it refers to
-- nothing. holder is the attempt that is at work, until lease_until unless it says that it is done. An answer too large to keep
-- has no body.
create table idempotency_keys (
  organization_id blob not null,
  api_key_id      blob not null,
  idempotency_key text not null,
  fingerprint     text not null,
  status          text not null check (status in ('running', 'done')),
  holder          blob not null,
  lease_until     text not null,
  answer_status   integer,
  answer_headers  text,
  answer_body     text,
  created_at      text not null,
  expires_at      text not null,
  primary key (organization_id, api_key_id, idempotency_key),
  foreign key (organization_id) references organizations (id)
) strict;

-- The answer of work that was answered before it was done. A dry run is no row of operations, so this refers to nothing.
create table operation_results (
  organization_id blob not null,
  operation_id    blob not null,
  status          integer not null,
  body            text not null,
  created_at      text not null,
  expires_at      text not null,
  primary key (organization_id, operation_id),
  foreign key (organization_id) references organizations (id)
) strict;
