-- Operations that can be taken back: what they need to keep. Units and types as in 0001.

-- What an undo needs to know, and what it did. Records that an operation made have ids between its own and last_id. undone_by is the
-- last operation that took it back, undoes the one that this took back; without before-images since pruned_at it can't be.

alter table operations add column last_id blob;
alter table operations add column undoes blob;
alter table operations add column undone_by blob;
alter table operations add column pruned_at text;

-- Of a record that is removed everything is kept.

alter table accounts_before add column created_by_operation blob;
alter table accounts_before add column updated_at text;
alter table accounts_before add column health_score integer;
alter table accounts_before add column churn_risk_score integer;
alter table accounts_before add column scored_at text;
alter table accounts_before add column band text;
alter table accounts_before add column health_coverage integer;
alter table accounts_before add column churn_coverage integer;

alter table users_before add column created_by_operation blob;
alter table users_before add column created_at text;
alter table users_before add column updated_at text;

-- What is journaled has a version, so that writes of a record have an order.

alter table alerts add column version integer not null default 1;

alter table score_models add column version integer not null default 1;

alter table health_adjustments add column version integer not null default 1;

-- The run that wrote it last. An undo removes accounts with their snapshots by itself: a foreign key would look through all days
-- for each account that goes.
create table score_snapshots_new (
  organization_id     blob not null,
  account_id          blob not null,
  snapshot_date       text not null,
  model               text not null,
  health_score        integer not null check (health_score between 0 and 100),
  churn_risk_score    integer not null check (churn_risk_score between 0 and 100),
  band                text not null check (band in ('healthy', 'moderate', 'concern', 'critical', 'insufficient_data', 'onboarding')),
  churn_band          text not null check (churn_band in ('low', 'medium', 'high', 'severe', 'insufficient_data')),
  health_points       integer not null,
  health_drawn        integer not null,
  health_coverage     integer not null,
  churn_points        integer not null,
  churn_coverage      integer not null,
  alert_levels        integer not null,
  product_usage       integer,
  support             integer,
  engagement          integer,
  business            integer,
  login_frequency     integer,
  feature_adoption    integer,
  session_duration    integer,
  user_activity       integer,
  training            integer,
  ticket_volume       integer,
  ticket_severity     integer,
  resolution_time     integer,
  csat                integer,
  meeting_frequency   integer,
  response_rate       integer,
  outcomes            integer,
  stakeholders        integer,
  contract_value      integer,
  payment             integer,
  expansion           integer,
  renewal             integer,
  declining_health    integer,
  reduced_engagement  integer,
  support_escalations integer,
  contract_payment    integer,
  competitive         integer,
  created_by_operation blob,
  primary key (organization_id, snapshot_date, account_id)
) strict, without rowid;
insert into score_snapshots_new select organization_id, account_id, snapshot_date, model, health_score, churn_risk_score, band, churn_band, health_points, health_drawn, health_coverage, churn_points, churn_coverage, alert_levels, product_usage, support, engagement, business, login_frequency, feature_adoption, session_duration, user_activity, training, ticket_volume, ticket_severity, resolution_time, csat, meeting_frequency, response_rate, outcomes, stakeholders, contract_value, payment, expansion, renewal, declining_health, reduced_engagement, support_escalations, contract_payment, competitive, null from score_snapshots;
drop table score_snapshots;
alter table score_snapshots_new rename to score_snapshots;

-- External ids of accounts that were merged away: imports and look-ups resolve them. It was empty until now.
drop table account_aliases;

create table account_aliases (
  organization_id      blob not null,
  id                   blob not null,
  external_id          text not null,
  external_key         text not null,
  account_id           blob not null,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;

-- Filters of accounts with a name. The filter is a canonical JSON array of pairs, as they were given: a relative time stays one.
create table segments (
  organization_id      blob not null,
  id                   blob not null,
  name                 text not null,
  name_key             text not null,
  filter               text not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, created_by) references users (organization_id, id)
) strict;

-- Before-images, as in 0003.

create table goal_changes_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  field                text not null,
  changed              integer not null,
  goal_id              blob not null,
  effective_on         text not null,
  kind                 text not null,
  old_value            text,
  new_value            text,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id, field),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table account_aliases_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  external_id          text not null,
  external_key         text not null,
  account_id           blob not null,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table segments_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  name                 text not null,
  name_key             text not null,
  filter               text not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table score_models_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  name                 text not null,
  revision             integer not null,
  fingerprint          text not null,
  source               text not null,
  position             integer not null,
  active               integer not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table health_adjustments_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  account_id           blob not null,
  score                integer not null,
  reason               text not null,
  from_date            text not null,
  until_date           text not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table alerts_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  account_id           blob,
  rule                 text not null,
  topic                text not null,
  severity             text not null,
  level                integer not null,
  message              text not null,
  held                 integer not null,
  opened_on            text not null,
  opened_at            text not null,
  fired_on             text not null,
  acknowledged_at      text,
  acknowledged_by      blob,
  acknowledged_reason  text,
  snoozed_until        text,
  snoozed_by           blob,
  snoozed_reason       text,
  resolved_at          text,
  resolved_by          blob,
  resolved_reason      text,
  sent_at              text,
  created_by_operation blob,
  version              integer not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table score_snapshots_before (
  organization_id      blob not null,
  operation_id         blob not null,
  account_id           blob not null,
  snapshot_date        text not null,
  changed              integer not null,
  model                text not null,
  health_score         integer not null,
  churn_risk_score     integer not null,
  band                 text not null,
  churn_band           text not null,
  health_points        integer not null,
  health_drawn         integer not null,
  health_coverage      integer not null,
  churn_points         integer not null,
  churn_coverage       integer not null,
  alert_levels         integer not null,
  product_usage        integer,
  support              integer,
  engagement           integer,
  business             integer,
  login_frequency      integer,
  feature_adoption     integer,
  session_duration     integer,
  user_activity        integer,
  training             integer,
  ticket_volume        integer,
  ticket_severity      integer,
  resolution_time      integer,
  csat                 integer,
  meeting_frequency    integer,
  response_rate        integer,
  outcomes             integer,
  stakeholders         integer,
  contract_value       integer,
  payment              integer,
  expansion            integer,
  renewal              integer,
  declining_health     integer,
  reduced_engagement   integer,
  support_escalations  integer,
  contract_payment     integer,
  competitive          integer,
  created_by_operation blob,
  primary key (organization_id, operation_id, account_id, snapshot_date),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table score_books_before (
  organization_id      blob not null,
  operation_id         blob not null,
  snapshot_date        text not null,
  changed              integer not null,
  connected            integer not null,
  csat_sum             integer not null,
  csat_count           integer not null,
  scored               integer not null,
  created_by_operation blob,
  primary key (organization_id, operation_id, snapshot_date),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;
