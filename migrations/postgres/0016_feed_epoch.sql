-- Within an epoch places in the feed can be compared. On PostgreSQL it is of one cluster: another one counts its transactions
-- anew, and a feed that was moved begins a new epoch there. A SQLite file has one for life.
create table feed (
  epoch             uuid not null,
  system_identifier bigint
);

insert into feed (epoch, system_identifier) select gen_random_uuid(), system_identifier from pg_control_system();

-- Whoever moved it before this was kept has numbers of another cluster: what is there is settled, in the order of its making.
update activities set xid = '0';
