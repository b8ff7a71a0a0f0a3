-- How far a user has read the notifications, which are not stored: they are computed from the feed. place: a position in the feed.

create table notification_marks (
  organization_id uuid not null,
  user_id         uuid not null,
  place           text collate "C" not null,
  read_at         timestamptz not null,
  primary key (organization_id, user_id),
  foreign key (organization_id, user_id) references users (organization_id, id)
);
