-- How far a user has read the notifications, which are not stored: they are computed from the feed. place: a position in the feed.

create table notification_marks (
  organization_id blob not null,
  user_id         blob not null,
  place           text not null,
  read_at         text not null,
  primary key (organization_id, user_id),
  foreign key (organization_id, user_id) references users (organization_id, id)
) strict;
