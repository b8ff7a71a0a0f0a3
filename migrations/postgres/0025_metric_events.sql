-- Events of which metrics of days are made, such as tickets: what each says of a field of its day. Later files add up with them, and
-- correct them. value: of percentages, hours and minutes in millionths, else whole. Units and types as in 0001.

create table metric_events (
  organization_id      uuid not null,
  id                   uuid not null,
  field                text collate "C" not null,
  source               text collate "C" not null,
  event_key            text collate "C" not null,
  account_id           uuid not null,
  metric_date          date not null,
  value                bigint,
  changed_at           timestamptz,
  created_by_operation uuid,
  version              bigint not null default 1,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, id, field)
);

create table metric_events_before (
  organization_id      uuid not null,
  operation_id         uuid not null,
  id                   uuid not null,
  field                text collate "C" not null,
  changed              bigint not null,
  source               text collate "C" not null,
  event_key            text collate "C" not null,
  account_id           uuid not null,
  metric_date          date not null,
  value                bigint,
  changed_at           timestamptz,
  created_by_operation uuid,
  version              bigint not null,
  created_at           timestamptz not null,
  updated_at           timestamptz not null,
  primary key (organization_id, operation_id, id, field)
);

alter table metric_events add foreign key (organization_id, account_id) references accounts (organization_id, id);
alter table metric_events_before add foreign key (organization_id, operation_id) references operations (organization_id, id);

create unique index metric_events_key on metric_events (organization_id, source, event_key, field);
create index metric_events_day on metric_events (organization_id, account_id, metric_date, field);
create index metric_events_before_record on metric_events_before (organization_id, id)
