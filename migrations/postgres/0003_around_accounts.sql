-- What is recorded around an account. Units and types as in 0001; constraints follow in 0004.

-- Contacts: several per account. A champion who left keeps the day: scores read it.
create table contacts (
  organization_id      uuid not null,
  id                   uuid not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  name                 text collate "C" not null,
  name_key             text collate "C" not null,
  email                text collate "C",
  title                text collate "C",
  role                 text collate "C" check (role in ('champion', 'decision_maker', 'executive_sponsor', 'user', 'billing', 'other')),
  left_on              date,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- Who looks after an account beside its owner.
create table account_team (
  organization_id      uuid not null,
  id                   uuid not null,
  account_id           uuid not null,
  user_id              uuid not null,
  role                 text collate "C",
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- Touchpoints, the seed's engagements. Attendees are a canonical JSON array of name, email and role: whoever of them is a contact
-- of the account is found by the e-mail address, so no link can go stale.
create table engagements (
  organization_id      uuid not null,
  id                   uuid not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  type                 text collate "C" not null check (type in ('meeting', 'call', 'email', 'note', 'demo', 'training')),
  title                text collate "C" not null,
  description          text collate "C",
  outcome              text collate "C" check (outcome in ('positive', 'neutral', 'negative', 'action_required')),
  direction            text collate "C" check (direction in ('inbound', 'outbound')),
  scheduled_at         timestamptz,
  completed_at         timestamptz,
  responded_at         timestamptz,
  competitor           text collate "C",
  competitor_stage     text collate "C" check (competitor_stage in ('mention', 'evaluation', 'pilot', 'decision')),
  tags                 text collate "C" not null default '[]',
  attendees            text collate "C" not null default '[]',
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- Files of an engagement, byte for byte.
create table attachments (
  organization_id      uuid not null,
  id                   uuid not null,
  engagement_id        uuid not null,
  name                 text collate "C" not null,
  media_type           text collate "C" not null,
  size                 bigint not null check (size between 0 and 10485760),
  sha256               text collate "C" not null,
  content              bytea not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- One row per account and day, the seed's health_metrics. Missing is not zero: every metric may be null.
-- Hundredths: feature_adoption_score, training_completion_rate and csat (0 to 10000 for 0 to 100 %), resolution_hours.
create table health_metrics (
  organization_id          uuid not null,
  id                       uuid not null,
  account_id               uuid not null,
  metric_date              date not null,
  login_frequency          bigint check (login_frequency >= 0),
  feature_adoption_score   bigint check (feature_adoption_score between 0 and 10000),
  support_tickets          bigint check (support_tickets >= 0),
  training_completion_rate bigint check (training_completion_rate between 0 and 10000),
  session_minutes          bigint check (session_minutes >= 0),
  active_users             bigint check (active_users >= 0),
  daily_active_users       bigint check (daily_active_users >= 0),
  urgent_tickets           bigint check (urgent_tickets >= 0),
  escalated_tickets        bigint check (escalated_tickets >= 0),
  open_urgent_tickets      bigint check (open_urgent_tickets >= 0),
  tickets_resolved         bigint check (tickets_resolved >= 0),
  resolution_hours         bigint check (resolution_hours >= 0),
  csat                     bigint check (csat between 0 and 10000),
  csat_responses           bigint check (csat_responses >= 0),
  nps                      bigint check (nps between -100 and 100),
  sentiment                text collate "C" check (sentiment in ('green', 'yellow', 'red')),
  sentiment_reason         text collate "C",
  created_by_operation     uuid,
  version                  bigint not null default 1,
  created_at               timestamptz not null,
  updated_at               timestamptz not null,
  primary key (organization_id, id)
);

-- The seed's customer_goals. Values are in hundredths; for arr that is cents. Milestones are a canonical JSON array.
create table customer_goals (
  organization_id      uuid not null,
  id                   uuid not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  title                text collate "C" not null,
  description          text collate "C",
  metric_type          text collate "C" not null default 'custom' check (metric_type in ('accounts', 'arr', 'nps', 'health_score', 'adoption', 'renewals', 'seat_count', 'custom')),
  start_value          bigint not null default 0,
  current_value        bigint not null default 0,
  target_value         bigint,
  unit                 text collate "C",
  measurement_period   text collate "C" check (measurement_period in ('daily', 'weekly', 'monthly', 'quarterly', 'yearly')),
  status               text collate "C" not null default 'on_track' check (status in ('on_track', 'at_risk', 'achieved', 'missed')),
  status_source        text collate "C" not null default 'rule' check (status_source in ('person', 'import', 'rule')),
  started_on           date not null,
  target_date          date,
  completion_date      date,
  milestones           text collate "C" not null default '[]',
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id)
);

-- Dated history of a goal's progress and status; it outlives the goal, for an undo.
create table goal_changes (
  organization_id      uuid not null,
  id                   uuid not null,
  goal_id              uuid not null,
  field                text collate "C" not null,
  effective_on         date not null,
  kind                 text collate "C" not null default 'change' check (kind in ('change', 'correction')),
  old_value            text collate "C",
  new_value            text collate "C",
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id, field)
);

-- The history of accounts gets what every record has: an id, a version, times. Rows that were there get an id of chance.
drop index account_changes_operation;
alter table account_changes drop constraint account_changes_pkey;
alter table account_changes rename column operation_id to created_by_operation;
alter table account_changes alter column created_by_operation drop not null;
alter table account_changes add column id uuid not null default gen_random_uuid();
alter table account_changes alter column id drop default;
alter table account_changes alter column kind set default 'change';
alter table account_changes add column version bigint not null default 1;
alter table account_changes add column updated_at timestamptz;
update account_changes set updated_at = created_at;
alter table account_changes alter column updated_at set not null;
alter table account_changes add primary key (organization_id, id, field);

-- Who did what to which record, when: the feed. Written with the change; a bulk write is one row that points at its operation.
-- seq is the order of the commits on SQLite, which has one writer at a time. On PostgreSQL it is (xid, seq), read below the
-- snapshot's oldest transaction.
create table activities (
  organization_id uuid not null,
  seq             bigint generated by default as identity not null,
  xid             xid8 not null,
  id              uuid not null,
  at              timestamptz not null,
  user_id         uuid not null,
  operation_id    uuid,
  kind            text collate "C" not null,
  noun            text collate "C" not null,
  record_id       uuid,
  account_id      uuid,
  label           text collate "C" not null,
  changes         text collate "C" not null,
  primary key (organization_id, seq)
);

-- Before-images, as in 0001. A deleted row is kept whole, with the highest bit of the mask.
create table contacts_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  name                 text collate "C" not null,
  name_key             text collate "C" not null,
  email                text collate "C",
  title                text collate "C",
  role                 text collate "C",
  left_on              date,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table account_team_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  account_id           uuid not null,
  user_id              uuid not null,
  role                 text collate "C",
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table engagements_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  type                 text collate "C" not null,
  title                text collate "C" not null,
  description          text collate "C",
  outcome              text collate "C",
  direction            text collate "C",
  scheduled_at         timestamptz,
  completed_at         timestamptz,
  responded_at         timestamptz,
  competitor           text collate "C",
  competitor_stage     text collate "C",
  tags                 text collate "C" not null,
  attendees            text collate "C" not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table attachments_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  engagement_id        uuid not null,
  name                 text collate "C" not null,
  media_type           text collate "C" not null,
  size                 bigint not null,
  sha256               text collate "C" not null,
  content              bytea not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table health_metrics_before (
  organization_id          uuid not null,
  operation_id             uuid not null,
  id                       uuid not null,
  changed                  bigint not null,
  account_id               uuid not null,
  metric_date              date not null,
  login_frequency          bigint,
  feature_adoption_score   bigint,
  support_tickets          bigint,
  training_completion_rate bigint,
  session_minutes          bigint,
  active_users             bigint,
  daily_active_users       bigint,
  urgent_tickets           bigint,
  escalated_tickets        bigint,
  open_urgent_tickets      bigint,
  tickets_resolved         bigint,
  resolution_hours         bigint,
  csat                     bigint,
  csat_responses           bigint,
  nps                      bigint,
  sentiment                text collate "C",
  sentiment_reason         text collate "C",
  created_by_operation     uuid,
  version                  bigint not null,
  created_at               timestamptz not null,
  updated_at               timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table customer_goals_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  external_id          text collate "C",
  external_key         text collate "C",
  account_id           uuid not null,
  title                text collate "C" not null,
  description          text collate "C",
  metric_type          text collate "C" not null,
  start_value          bigint not null,
  current_value        bigint not null,
  target_value         bigint,
  unit                 text collate "C",
  measurement_period   text collate "C",
  status               text collate "C" not null,
  status_source        text collate "C" not null,
  started_on           date not null,
  target_date          date,
  completion_date      date,
  milestones           text collate "C" not null,
  created_by           uuid not null,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id)
);

create table account_changes_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  changed              bigint not null,
  account_id           uuid not null,
  field                text collate "C" not null,
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
