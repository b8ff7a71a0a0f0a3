-- A call is one operation, and an operation can be cancelled.

create unique index operations_call on operations (organization_id, call_id) where call_id is not null;

alter table operations add column ended text not null default 'running'
  check (ended in ('running', 'done', 'failed', 'interrupted', 'cancelled'));
update operations set ended = status;
alter table operations drop column status;
alter table operations rename column ended to status;
