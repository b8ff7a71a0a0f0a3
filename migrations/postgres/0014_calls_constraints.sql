-- A call is one operation, and an operation can be cancelled.

create unique index operations_call on operations (organization_id, call_id) where call_id is not null;

alter table operations drop constraint operations_status_check;
alter table operations add constraint operations_status_check
  check (status in ('running', 'done', 'failed', 'interrupted', 'cancelled'));
alter table operations alter column status set default 'running';
