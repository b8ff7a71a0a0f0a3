-- Events of which metrics of days are made, such as tickets: what each says of a field of its day. Later files add up with them, and
-- correct them. value: of percentages, hours and minutes in millionths, else whole. Units and types as in 0001.

create table metric_events (
  organization_id      blob not null,
  id                   blob not null,
  field                text not null,
  source               text not null,
  event_key            text not null,
  account_id           blob not null,
  metric_date          text not null,
  value                integer,
  changed_at           text,
  created_by_operation blob,
  version              integer not null default 1,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, id, field),
  foreign key (organization_id, account_id) references accounts (organization_id, id)
) strict;

create table metric_events_before (
  organization_id      blob not null,
  operation_id         blob not null,
  id                   blob not null,
  field                text not null,
  changed              integer not null,
  source               text not null,
  event_key            text not null,
  account_id           blob not null,
  metric_date          text not null,
  value                integer,
  changed_at           text,
  created_by_operation blob,
  version              integer not null,
  created_at           text not null,
  updated_at           text not null,
  primary key (organization_id, operation_id, id, field),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create unique index metric_events_key on metric_events (organization_id, source, event_key, field);
create index metric_events_day on metric_events (organization_id, account_id, metric_date, field);
create index metric_events_before_record on metric_events_before (organization_id, id)
