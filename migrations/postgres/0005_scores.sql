-- Scores, what they are computed by, and what they set off. Units as in 0001; constraints follow in 0006.

-- Where the latest run left an account. Coverage in basis points.
alter table accounts add column band text collate "C" check (band in ('healthy', 'moderate', 'concern', 'critical', 'insufficient_data', 'onboarding'));
alter table accounts add column health_coverage bigint check (health_coverage between 0 and 10000);
alter table accounts add column churn_coverage bigint check (churn_coverage between 0 and 10000);

-- The scores of an account as of a day, one row a day; the day leads the key, so that a run appends. Components and factors are null where they are missing; alert_levels has
-- two bits for each alert rule: the level at which it held on that day.
create table score_snapshots (
  organization_id     uuid not null,
  account_id          uuid not null,
  snapshot_date       date not null,
  model               text collate "C" not null,
  health_score        smallint not null check (health_score between 0 and 100),
  churn_risk_score    smallint not null check (churn_risk_score between 0 and 100),
  band                text collate "C" not null check (band in ('healthy', 'moderate', 'concern', 'critical', 'insufficient_data', 'onboarding')),
  churn_band          text collate "C" not null check (churn_band in ('low', 'medium', 'high', 'severe', 'insufficient_data')),
  health_points       smallint not null,
  health_drawn        smallint not null,
  health_coverage     smallint not null,
  churn_points        smallint not null,
  churn_coverage      smallint not null,
  alert_levels        bigint not null,
  product_usage       smallint,
  support             smallint,
  engagement          smallint,
  business            smallint,
  login_frequency     smallint,
  feature_adoption    smallint,
  session_duration    smallint,
  user_activity       smallint,
  training            smallint,
  ticket_volume       smallint,
  ticket_severity     smallint,
  resolution_time     smallint,
  csat                smallint,
  meeting_frequency   smallint,
  response_rate       smallint,
  outcomes            smallint,
  stakeholders        smallint,
  contract_value      smallint,
  payment             smallint,
  expansion           smallint,
  renewal             smallint,
  declining_health    smallint,
  reduced_engagement  smallint,
  support_escalations smallint,
  contract_payment    smallint,
  competitive         smallint,
  primary key (organization_id, snapshot_date, account_id)
);

-- What the whole organization told on a day: a single account is scored against it. connected has a bit for each factor that any
-- account had; csat_sum is hundredths times responses.
create table score_books (
  organization_id      uuid not null,
  snapshot_date        date not null,
  connected            bigint not null,
  csat_sum             bigint not null,
  csat_count           bigint not null,
  scored               bigint not null,
  created_by_operation uuid,
  primary key (organization_id, snapshot_date)
);

-- The scoring models that an organization uses or has used. Of one name at most one is active; position is the order in which
-- they are tried. A snapshot names the fingerprint.
create table score_models (
  organization_id      uuid not null,
  id                   uuid not null,
  name                 text collate "C" not null,
  revision             bigint not null,
  fingerprint          text collate "C" not null,
  source               text collate "C" not null,
  position             bigint not null,
  active               boolean not null,
  created_by           uuid not null,
  created_by_operation uuid,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- A health score that a person set, with why and until when.
create table health_adjustments (
  organization_id      uuid not null,
  id                   uuid not null,
  account_id           uuid not null,
  score                bigint not null check (score between 0 and 100),
  reason               text collate "C" not null,
  from_date            date not null,
  until_date           date not null,
  created_by           uuid not null,
  created_by_operation uuid,
  created_at           timestamptz not null,
  primary key (organization_id, id)
);

-- What needs somebody: of one account and rule at most one is open. Without an account it is about the organization's data, and
-- topic says which. level is the step that its rule has reached; a held one waits for its release.
create table alerts (
  organization_id      uuid not null,
  id                   uuid not null,
  account_id           uuid,
  rule                 text collate "C" not null,
  topic                text collate "C" not null default '',
  severity             text collate "C" not null check (severity in ('info', 'warning', 'critical')),
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
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);
