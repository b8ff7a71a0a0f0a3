-- Organizations, users, accounts and the journal of what was done to them.
-- Every key begins with the organization, so that a row can't point into another one.
-- Units: money is in cents; JSON is canonical text; text sorts by code point (collate "C"), as on the SQLite side.
-- Tables first: a database spread over machines is distributed by organization_id before 0002 adds the constraints.

create table organizations (
  id                   uuid not null primary key,
  slug                 text collate "C" not null unique,
  name                 text collate "C" not null,
  currency             text collate "C" not null,
  time_zone            text collate "C" not null,
  own_domains          text collate "C" not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null
);

create table users (
  organization_id      uuid not null,
  id                   uuid not null,
  external_id          text collate "C",
  external_key         text collate "C",
  email                text collate "C" not null,
  name                 text collate "C" not null,
  role                 text collate "C" not null check (role in ('read', 'write', 'admin')),
  deactivated_at       timestamptz,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

create table accounts (
  organization_id      uuid not null,
  id                   uuid not null,
  external_id          text collate "C",
  external_key         text collate "C",
  name                 text collate "C" not null,
  name_key             text collate "C" not null,
  domain               text collate "C",
  industry             text collate "C",
  size                 text collate "C" check (size in ('startup', 'small', 'medium', 'large', 'enterprise')),
  arr                  bigint check (arr between 0 and 999999999999),
  status               text collate "C" not null default 'active' check (status in ('active', 'churned', 'at_risk', 'onboarding')),
  status_source        text collate "C" not null default 'person' check (status_source in ('person', 'import', 'model')),
  health_score         bigint not null default 50 check (health_score between 0 and 100),
  churn_risk_score     bigint not null default 0 check (churn_risk_score between 0 and 100),
  scored_at            timestamptz,
  owner_id             uuid,
  parent_id            uuid,
  contract_start       date,
  contract_end         date,
  auto_renew           boolean,
  renewal_stage        text collate "C" check (renewal_stage in ('committed', 'likely', 'unknown', 'at_risk', 'will_churn')),
  past_due_since       date,
  seats                bigint check (seats >= 0),
  tags                 text collate "C" not null default '[]',
  custom_fields        text collate "C" not null default '{}',
  churned_on           date,
  archived_at          timestamptz,
  merged_into          uuid,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- External ids of accounts that were merged away: imports resolve them.
create table account_aliases (
  organization_id      uuid not null,
  external_key         text collate "C" not null,
  external_id          text collate "C" not null,
  account_id           uuid not null,
  created_at           timestamptz not null,
  primary key (organization_id, external_key)
);

-- Dated history of the fields that scoring and reports read. An operation changes a field of an account at most once a day.
create table account_changes (
  organization_id      uuid not null,
  account_id           uuid not null,
  field                text collate "C" not null,
  effective_on         date not null,
  operation_id         uuid not null,
  kind                 text collate "C" not null check (kind in ('change', 'correction')),
  old_value            text collate "C",
  new_value            text collate "C",
  created_at           timestamptz not null,
  primary key (organization_id, account_id, field, effective_on, operation_id)
);

-- Everything that was done: who, when, from what, with which result.
create table operations (
  organization_id      uuid not null,
  id                   uuid not null,
  kind                 text collate "C" not null,
  status               text collate "C" not null check (status in ('running', 'done', 'failed', 'interrupted')),
  user_id              uuid not null,
  source_name          text collate "C",
  source_sha256        text collate "C",
  parameters           text collate "C" not null,
  ledger               text collate "C",
  message              text collate "C",
  started_at           timestamptz not null,
  finished_at          timestamptz,
  primary key (organization_id, id)
);

-- Before-images: the row as it was before the operation, and the bits of the fields that the operation changed.
create table users_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  external_id          text collate "C",
  external_key         text collate "C",
  email                text collate "C" not null,
  name                 text collate "C" not null,
  role                 text collate "C" not null,
  deactivated_at       timestamptz,
  version              bigint not null,
  primary key (organization_id, operation_id, id)
);

create table accounts_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  external_id          text collate "C",
  external_key         text collate "C",
  name                 text collate "C" not null,
  name_key             text collate "C" not null,
  domain               text collate "C",
  industry             text collate "C",
  size                 text collate "C",
  arr                  bigint,
  status               text collate "C" not null,
  status_source        text collate "C" not null,
  owner_id             uuid,
  parent_id            uuid,
  contract_start       date,
  contract_end         date,
  auto_renew           boolean,
  renewal_stage        text collate "C",
  past_due_since       date,
  seats                bigint,
  tags                 text collate "C" not null,
  custom_fields        text collate "C" not null,
  churned_on           date,
  archived_at          timestamptz,
  merged_into          uuid,
  created_at           timestamptz not null,
  version              bigint not null,
  primary key (organization_id, operation_id, id)
);
