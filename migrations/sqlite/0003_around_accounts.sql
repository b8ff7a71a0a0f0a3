-- What is recorded around an account. Units and types as in 0001.

-- Contacts: several per account. A champion who left keeps the day: scores read it.
create table contacts (
  organization_id      blob not null,
  id                   blob not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  name                 text not null,
  name_key             text not null,
  email                text,
  title                text,
  role                 text check (role in ('champion', 'decision_maker', 'executive_sponsor', 'user', 'billing', 'other')),
  left_on              text,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;

-- Who looks after an account beside its owner.
create table account_team (
  organization_id      blob not null,
  id                   blob not null,
  account_id           blob not null,
  user_id              blob not null,
  role                 text,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id),
  foreign key (organization_id, user_id) references users (organization_id, id)
) strict;

-- Touchpoints, the seed's engagements. Attendees are a canonical JSON array of name, email and role: whoever of them is a contact
-- of the account is found by the e-mail address, so no link can go stale.
create table engagements (
  organization_id      blob not null,
  id                   blob not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  type                 text not null check (type in ('meeting', 'call', 'email', 'note', 'demo', 'training')),
  title                text not null,
  description          text,
  outcome              text check (outcome in ('positive', 'neutral', 'negative', 'action_required')),
  direction            text check (direction in ('inbound', 'outbound')),
  scheduled_at         text,
  completed_at         text,
  responded_at         text,
  competitor           text,
  competitor_stage     text check (competitor_stage in ('mention', 'evaluation', 'pilot', 'decision')),
  tags                 text not null default '[]',
  attendees            text not null default '[]',
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id),
  foreign key (organization_id, created_by) references users (organization_id, id)
) strict;

-- Files of an engagement, byte for byte.
create table attachments (
  organization_id      blob not null,
  id                   blob not null,
  engagement_id        blob not null,
  name                 text not null,
  media_type           text not null,
  size                 integer not null check (size between 0 and 10485760),
  sha256               text not null,
  content              blob not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, engagement_id) references engagements (organization_id, id),
  foreign key (organization_id, created_by) references users (organization_id, id)
) strict;

-- One row per account and day, the seed's health_metrics. Missing is not zero: every metric may be null.
-- Hundredths: feature_adoption_score, training_completion_rate and csat (0 to 10000 for 0 to 100 %), resolution_hours.
create table health_metrics (
  organization_id          blob not null,
  id                       blob not null,
  account_id               blob not null,
  metric_date              text not null,
  login_frequency          integer check (login_frequency >= 0),
  feature_adoption_score   integer check (feature_adoption_score between 0 and 10000),
  support_tickets          integer check (support_tickets >= 0),
  training_completion_rate integer check (training_completion_rate between 0 and 10000),
  session_minutes          integer check (session_minutes >= 0),
  active_users             integer check (active_users >= 0),
  daily_active_users       integer check (daily_active_users >= 0),
  urgent_tickets           integer check (urgent_tickets >= 0),
  escalated_tickets        integer check (escalated_tickets >= 0),
  open_urgent_tickets      integer check (open_urgent_tickets >= 0),
  tickets_resolved         integer check (tickets_resolved >= 0),
  resolution_hours         integer check (resolution_hours >= 0),
  csat                     integer check (csat between 0 and 10000),
  csat_responses           integer check (csat_responses >= 0),
  nps                      integer check (nps between -100 and 100),
  sentiment                text check (sentiment in ('green', 'yellow', 'red')),
  sentiment_reason         text,
  created_by_operation     blob,
  version                  integer not null default 1,
  created_at               text not null,
  updated_at               text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;

-- The seed's customer_goals. Values are in hundredths; for arr that is cents. Milestones are a canonical JSON array.
create table customer_goals (
  organization_id      blob not null,
  id                   blob not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  title                text not null,
  description          text,
  metric_type          text not null default 'custom' check (metric_type in ('accounts', 'arr', 'nps', 'health_score', 'adoption', 'renewals', 'seat_count', 'custom')),
  start_value          integer not null default 0,
  current_value        integer not null default 0,
  target_value         integer,
  unit                 text,
  measurement_period   text check (measurement_period in ('daily', 'weekly', 'monthly', 'quarterly', 'yearly')),
  status               text not null default 'on_track' check (status in ('on_track', 'at_risk', 'achieved', 'missed')),
  status_source        text not null default 'rule' check (status_source in ('person', 'import', 'rule')),
  started_on           text not null,
  target_date          text,
  completion_date      text,
  milestones           text not null default '[]',
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, account_id) references accounts (organization_id, id),
  foreign key (organization_id, created_by) references users (organization_id, id)
) strict;

-- Dated history of a goal's progress and status; it outlives the goal, for an undo.
create table goal_changes (
  organization_id      blob not null,
  id                   blob not null,
  goal_id              blob not null,
  field                text not null,
  effective_on         text not null,
  kind                 text not null default 'change' check (kind in ('change', 'correction')),
  old_value            text,
  new_value            text,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id, field)
) strict;

-- The history of accounts gets what every record has: an id, a version, times. Rows that were there get an id of chance.
create table account_changes_new (
  organization_id      blob not null,
  id                   blob not null,
  account_id           blob not null,
  field                text not null,
  effective_on         text not null,
  kind                 text not null default 'change' check (kind in ('change', 'correction')),
  old_value            text,
  new_value            text,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id, field),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;
insert into account_changes_new (organization_id, id, account_id, field, effective_on, kind, old_value, new_value,
                                 created_by_operation, created_at, updated_at)
select organization_id, randomblob(16), account_id, field, effective_on, kind, old_value, new_value, operation_id, created_at,
       created_at
from account_changes;
drop table account_changes;
alter table account_changes_new rename to account_changes;

-- Who did what to which record, when: the feed. Written with the change; a bulk write is one row that points at its operation.
-- seq is the order of the commits on SQLite, which has one writer at a time. On PostgreSQL it is (xid, seq), read below the
-- snapshot's oldest transaction.
create table activities (
  organization_id blob not null,
  seq             integer not null,
  xid             integer not null,
  id              blob not null,
  at              text not null,
  user_id         blob not null,
  operation_id    blob,
  kind            text not null,
  noun            text not null,
  record_id       blob,
  account_id      blob,
  label           text not null,
  changes         text not null,
  primary key (organization_id, seq),
  foreign key (organization_id, user_id) references users (organization_id, id)
) strict;

-- Before-images, as in 0001. A deleted row is kept whole, with the highest bit of the mask.
create table contacts_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  name                 text not null,
  name_key             text not null,
  email                text,
  title                text,
  role                 text,
  left_on              text,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table account_team_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  account_id           blob not null,
  user_id              blob not null,
  role                 text,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table engagements_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  type                 text not null,
  title                text not null,
  description          text,
  outcome              text,
  direction            text,
  scheduled_at         text,
  completed_at         text,
  responded_at         text,
  competitor           text,
  competitor_stage     text,
  tags                 text not null,
  attendees            text not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table attachments_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  engagement_id        blob not null,
  name                 text not null,
  media_type           text not null,
  size                 integer not null,
  sha256               text not null,
  content              blob not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table health_metrics_before (
  organization_id          blob not null,
  operation_id             blob not null,
  id                       blob not null,
  changed                  integer not null,
  account_id               blob not null,
  metric_date              text not null,
  login_frequency          integer,
  feature_adoption_score   integer,
  support_tickets          integer,
  training_completion_rate integer,
  session_minutes          integer,
  active_users             integer,
  daily_active_users       integer,
  urgent_tickets           integer,
  escalated_tickets        integer,
  open_urgent_tickets      integer,
  tickets_resolved         integer,
  resolution_hours         integer,
  csat                     integer,
  csat_responses           integer,
  nps                      integer,
  sentiment                text,
  sentiment_reason         text,
  created_by_operation     blob,
  version                  integer not null,
  created_at               text not null,
  updated_at               text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table customer_goals_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  external_id          text,
  external_key         text,
  account_id           blob not null,
  title                text not null,
  description          text,
  metric_type          text not null,
  start_value          integer not null,
  current_value        integer not null,
  target_value         integer,
  unit                 text,
  measurement_period   text,
  status               text not null,
  status_source        text not null,
  started_on           text not null,
  target_date          text,
  completion_date      text,
  milestones           text not null,
  created_by           blob not null,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create table account_changes_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  changed              integer not null,
  account_id           blob not null,
  field                text not null,
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
