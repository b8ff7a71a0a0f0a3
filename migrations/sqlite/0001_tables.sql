-- Organizations, users, accounts and the journal of what was done to them.
-- Every key begins with the organization, so that a row can't point into another one.
-- Units: money is in cents; instants are RFC 3339 text in UTC with at most microseconds; dates are YYYY-MM-DD; ids are
-- the 16 bytes of a UUIDv7; booleans are 0 and 1; JSON is canonical text. The text of the PostgreSQL side differs in
-- types only: a test compares the two.

create table organizations (
  id          blob    not null primary key,
  slug        text    not null unique,
  name        text    not null,
  currency    text    not null,
  time_zone   text    not null,
  own_domains text    not null,
  created_at  text    not null,
  updated_at  text    not null
) strict;

create table users (
  organization_id      blob    not null references organizations (id),
  id                   blob    not null,
  external_id          text,
  external_key         text,
  email                text    not null,
  name                 text    not null,
  role                 text    not null check (role in ('read', 'write', 'admin')),
  deactivated_at       text,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text    not null,
  updated_at           text    not null,
  primary key (organization_id, id)
) strict;

create table accounts (
  organization_id      blob    not null references organizations (id),
  id                   blob    not null,
  external_id          text,
  external_key         text,
  name                 text    not null,
  name_key             text    not null,
  domain               text,
  industry             text,
  size                 text    check (size in ('startup', 'small', 'medium', 'large', 'enterprise')),
  arr                  integer check (arr between 0 and 999999999999),
  status               text    not null default 'active' check (status in ('active', 'churned', 'at_risk', 'onboarding')),
  status_source        text    not null default 'person' check (status_source in ('person', 'import', 'model')),
  health_score         integer not null default 50 check (health_score between 0 and 100),
  churn_risk_score     integer not null default 0 check (churn_risk_score between 0 and 100),
  scored_at            text,
  owner_id             blob,
  parent_id            blob,
  contract_start       text,
  contract_end         text,
  auto_renew           integer check (auto_renew in (0, 1)),
  renewal_stage        text    check (renewal_stage in ('committed', 'likely', 'unknown', 'at_risk', 'will_churn')),
  past_due_since       text,
  seats                integer check (seats >= 0),
  tags                 text    not null default '[]',
  custom_fields        text    not null default '{}',
  churned_on           text,
  archived_at          text,
  merged_into          blob,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text    not null,
  updated_at           text    not null,
  primary key (organization_id, id),
  foreign key (organization_id, owner_id)    references users (organization_id, id),
  foreign key (organization_id, parent_id)   references accounts (organization_id, id),
  foreign key (organization_id, merged_into) references accounts (organization_id, id)
) strict;

-- External ids of accounts that were merged away: imports resolve them.
create table account_aliases (
  organization_id blob not null,
  external_key    text not null,
  external_id     text not null,
  account_id      blob not null,
  created_at      text not null,
  primary key (organization_id, external_key),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;

-- Dated history of the fields that scoring and reports read. An operation changes a field of an account at most once a day.
create table account_changes (
  organization_id blob not null,
  account_id      blob not null,
  field           text not null,
  effective_on    text not null,
  operation_id    blob not null,
  kind            text not null check (kind in ('change', 'correction')),
  old_value       text,
  new_value       text,
  created_at      text not null,
  primary key (organization_id, account_id, field, effective_on, operation_id),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;

-- Everything that was done: who, when, from what, with which result.
create table operations (
  organization_id blob not null references organizations (id),
  id              blob not null,
  kind            text not null,
  status          text not null check (status in ('running', 'done', 'failed', 'interrupted')),
  user_id         blob not null,
  source_name     text,
  source_sha256   text,
  parameters      text not null,
  ledger          text,
  message         text,
  started_at      text not null,
  finished_at     text,
  primary key (organization_id, id),
  foreign key (organization_id, user_id) references users (organization_id, id)
) strict;

-- Before-images: the row as it was before the operation, and the bits of the fields that the operation changed.
create table users_before (
  organization_id      blob    not null,
  operation_id         blob    not null,
  id                   blob    not null,
  changed              integer not null,
  external_id          text,
  external_key         text,
  email                text    not null,
  name                 text    not null,
  role                 text    not null,
  deactivated_at       text,
  version              integer not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table accounts_before (
  organization_id      blob    not null,
  operation_id         blob    not null,
  id                   blob    not null,
  changed              integer not null,
  external_id          text,
  external_key         text,
  name                 text    not null,
  name_key             text    not null,
  domain               text,
  industry             text,
  size                 text,
  arr                  integer,
  status               text    not null,
  status_source        text    not null,
  owner_id             blob,
  parent_id            blob,
  contract_start       text,
  contract_end         text,
  auto_renew           integer,
  renewal_stage        text,
  past_due_since       text,
  seats                integer,
  tags                 text    not null,
  custom_fields        text    not null,
  churned_on           text,
  archived_at          text,
  merged_into          blob,
  created_at           text    not null,
  version              integer not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;
