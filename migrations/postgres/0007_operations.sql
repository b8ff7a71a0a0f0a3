-- Operations that can be taken back: what they need to keep. Units as in 0001; constraints follow in 0008.

-- What an undo needs to know, and what it did. Records that an operation made have ids between its own and last_id. undone_by is the
-- last operation that took it back, undoes the one that this took back; without before-images since pruned_at it can't be.

alter table operations add column last_id uuid;
alter table operations add column undoes uuid;
alter table operations add column undone_by uuid;
alter table operations add column pruned_at timestamptz;

-- Of a record that is removed everything is kept.

alter table accounts_before add column created_by_operation uuid;
alter table accounts_before add column updated_at timestamptz;
alter table accounts_before add column health_score bigint;
alter table accounts_before add column churn_risk_score bigint;
alter table accounts_before add column scored_at timestamptz;
alter table accounts_before add column band text collate "C";
alter table accounts_before add column health_coverage bigint;
alter table accounts_before add column churn_coverage bigint;

alter table users_before add column created_by_operation uuid;
alter table users_before add column created_at timestamptz;
alter table users_before add column updated_at timestamptz;

-- What is journaled has a version, so that writes of a record have an order.

alter table alerts add column version bigint not null default 1;

alter table score_models add column version bigint not null default 1;

alter table health_adjustments add column version bigint not null default 1;

-- The run that wrote it last. An undo removes accounts with their snapshots by itself: a foreign key would look through all days
-- for each account that goes.
alter table score_snapshots add column created_by_operation uuid;
alter table score_snapshots drop constraint score_snapshots_organization_id_account_id_fkey;

-- External ids of accounts that were merged away: imports and look-ups resolve them. It was empty until now.
drop table account_aliases;

create table account_aliases (
  organization_id      uuid not null,
  id                   uuid not null,
  external_id          text collate "C" not null,
  external_key         text collate "C" not null,
  account_id           uuid not null,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- Filters of accounts with a name. The filter is a canonical JSON array of pairs, as they were given: a relative time stays one.
create table segments (
  organization_id      uuid not null,
  id                   uuid not null,
  name                 text collate "C" not null,
  name_key             text collate "C" not null,
  filter               text collate "C" not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- Before-images, as in 0003.

create table goal_changes_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  field                text collate "C" not null,
  changed              bigint not null,
  goal_id              uuid not null,
  effective_on         date not null,
  kind                 text collate "C" not null,
  old_value            text collate "C",
  new_value            text collate "C",
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id, field)
);

create table account_aliases_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  external_id          text collate "C" not null,
  external_key         text collate "C" not null,
  account_id           uuid not null,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table segments_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  name                 text collate "C" not null,
  name_key             text collate "C" not null,
  filter               text collate "C" not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table score_models_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  name                 text collate "C" not null,
  revision             bigint not null,
  fingerprint          text collate "C" not null,
  source               text collate "C" not null,
  position             bigint not null,
  active               boolean not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table health_adjustments_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  account_id           uuid not null,
  score                bigint not null,
  reason               text collate "C" not null,
  from_date            date not null,
  until_date           date not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table alerts_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  account_id           uuid,
  rule                 text collate "C" not null,
  topic                text collate "C" not null,
  severity             text collate "C" not null,
  level                bigint not null,
  message              text collate "C" not null,
  held                 boolean not null,
  opened_on            date not null,
  opened_at            timestamptz not null,
  fired_on             date not null,
  acknowledged_at      timestamptz,
  acknowledged_by      uuid,
  acknowledged_reason  text collate "C",
  snoozed_until        date,
  snoozed_by           uuid,
  snoozed_reason       text collate "C",
  resolved_at          timestamptz,
  resolved_by          uuid,
  resolved_reason      text collate "C",
  sent_at              timestamptz,
  created_by_operation uuid,
  version              bigint not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table score_snapshots_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  account_id           uuid not null,
  snapshot_date        date not null,
  changed              bigint not null,
  model                text collate "C" not null,
  health_score         smallint not null,
  churn_risk_score     smallint not null,
  band                 text collate "C" not null,
  churn_band           text collate "C" not null,
  health_points        smallint not null,
  health_drawn         smallint not null,
  health_coverage      smallint not null,
  churn_points         smallint not null,
  churn_coverage       smallint not null,
  alert_levels         bigint not null,
  product_usage        smallint,
  support              smallint,
  engagement           smallint,
  business             smallint,
  login_frequency      smallint,
  feature_adoption     smallint,
  session_duration     smallint,
  user_activity        smallint,
  training             smallint,
  ticket_volume        smallint,
  ticket_severity      smallint,
  resolution_time      smallint,
  csat                 smallint,
  meeting_frequency    smallint,
  response_rate        smallint,
  outcomes             smallint,
  stakeholders         smallint,
  contract_value       smallint,
  payment              smallint,
  expansion            smallint,
  renewal              smallint,
  declining_health     smallint,
  reduced_engagement   smallint,
  support_escalations  smallint,
  contract_payment     smallint,
  competitive          smallint,
  created_by_operation uuid,
  primary key (organization_id, operation_id, account_id, snapshot_date)
);

create table score_books_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  snapshot_date        date not null,
  changed              bigint not null,
  connected            bigint not null,
  csat_sum             bigint not null,
  csat_count           bigint not null,
  scored               bigint not null,
  created_by_operation uuid,
  primary key (organization_id, operation_id, snapshot_date)
);
