-- Scores, what they are computed by, and what they set off. Units as in 0001; scores are basis points, 0 to 10000.

-- Where the latest run left an account. Coverage in basis points.
alter table accounts add column band text check (band in ('healthy', 'moderate', 'concern', 'critical', 'insufficient_data', 'onboarding'));
alter table accounts add column health_coverage integer check (health_coverage between 0 and 10000);
alter table accounts add column churn_coverage integer check (churn_coverage between 0 and 10000);

-- The scores of an account as of a day, one row a day; the day leads the key, so that a run appends. Components and factors are null where they are missing; alert_levels has
-- two bits for each alert rule: the level at which it held on that day.
create table score_snapshots (
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
  primary key (organization_id, snapshot_date, account_id),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict, without rowid;

-- What the whole organization told on a day: a single account is scored against it. connected has a bit for each factor that any
-- account had; csat_sum is hundredths times responses.
create table score_books (
  organization_id      blob not null,
  snapshot_date        text not null,
  connected            integer not null,
  csat_sum             integer not null,
  csat_count           integer not null,
  scored               integer not null,
  created_by_operation blob,
  primary key (organization_id, snapshot_date),
  foreign key (organization_id) references organizations (id)
) strict;

-- The scoring models that an organization uses or has used. Of one name at most one is active; position is the order in which
-- they are tried. A snapshot names the fingerprint.
create table score_models (
  organization_id      blob not null,
  id                   blob not null,
  name                 text not null,
  revision             integer not null,
  fingerprint          text not null,
  source               text not null,
  position             integer not null,
  active               integer not null check (active in (0, 1)),
  created_by           blob not null,
  created_by_operation blob,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, created_by) references users (organization_id, id)
) strict;

-- A health score that a person set, with why and until when.
create table health_adjustments (
  organization_id      blob not null,
  id                   blob not null,
  account_id           blob not null,
  score                integer not null check (score between 0 and 100),
  reason               text not null,
  from_date            text not null,
  until_date           text not null,
  created_by           blob not null,
  created_by_operation blob,
  created_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id),
  foreign key (organization_id, created_by) references users (organization_id, id)
) strict;

-- What needs somebody: of one account and rule at most one is open. Without an account it is about the organization's data, and
-- topic says which. level is the step that its rule has reached; a held one waits for its release.
create table alerts (
  organization_id      blob not null,
  id                   blob not null,
  account_id           blob,
  rule                 text not null,
  topic                text not null default '',
  severity             text not null check (severity in ('info', 'warning', 'critical')),
  level                integer not null,
  message              text not null,
  held                 integer not null check (held in (0, 1)),
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
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;
