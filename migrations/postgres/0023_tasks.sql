-- Tasks: next steps of an account. The record that one comes from is named by its id, and may be gone. Units and types as in 0001.

create table tasks (
  organization_id      uuid not null,
  id                   uuid not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  title                text collate "C" not null,
  owner_id             uuid,
  due                  date,
  done_at              timestamptz,
  source               text collate "C" not null default 'manual' check (source in ('manual', 'alert', 'engagement', 'goal')),
  source_id            uuid,
  notes                text collate "C",
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

create table tasks_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  title                text collate "C" not null,
  owner_id             uuid,
  due                  date,
  done_at              timestamptz,
  source               text collate "C" not null,
  source_id            uuid,
  notes                text collate "C",
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

alter table tasks add foreign key (organization_id, account_id) references accounts (organization_id, id);
alter table tasks add foreign key (organization_id, owner_id) references users (organization_id, id);
alter table tasks_before add foreign key (organization_id, operation_id) references operations (organization_id, id);

create unique index tasks_external_key on tasks (organization_id, external_key);
create index tasks_account on tasks (organization_id, account_id);
create index tasks_owner on tasks (organization_id, owner_id, due);
create index tasks_source on tasks (organization_id, source_id);
create index tasks_due on tasks (organization_id, due desc nulls last, id desc);
create index tasks_done on tasks (organization_id, done_at desc nulls last, id desc);
create index tasks_updated on tasks (organization_id, updated_at desc nulls last, id desc)
