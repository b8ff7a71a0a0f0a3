-- Tasks: next steps of an account. The record that one comes from is named by its id, and may be gone. Units and types as in 0001.

create table tasks (
  organization_id      blob not null,
  id                   blob not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  title                text not null,
  owner_id             blob,
  due                  text,
  done_at              text,
  source               text not null default 'manual' check (source in ('manual', 'alert', 'engagement', 'goal')),
  source_id            blob,
  notes                text,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id),
  foreign key (organization_id, owner_id) references users (organization_id, id)
) strict;

create table tasks_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  title                text not null,
  owner_id             blob,
  due                  text,
  done_at              text,
  source               text not null,
  source_id            blob,
  notes                text,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create unique index tasks_external_key on tasks (organization_id, external_key);
create index tasks_account on tasks (organization_id, account_id);
create index tasks_owner on tasks (organization_id, owner_id, due);
create index tasks_source on tasks (organization_id, source_id);
create index tasks_due on tasks (organization_id, due desc, id desc);
create index tasks_done on tasks (organization_id, done_at desc, id desc);
create index tasks_updated on tasks (organization_id, updated_at desc, id desc)
