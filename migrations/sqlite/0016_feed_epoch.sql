-- Within an epoch places in the feed can be compared. On PostgreSQL it is of one cluster: another one counts its transactions
-- anew, and a feed that was moved begins a new epoch there. A SQLite file has one for life.
create table feed (
  epoch             blob not null,
  system_identifier integer
) strict;

insert into feed (epoch) values (randomblob(16));
