-- Who is signed in to the dashboard: sessions and one-time links are keys of another kind, each accepted where its kind belongs.
-- parent_id is the key or the link that a session came of, in the same organization; a link is used once by revoking it.

alter table api_keys add column kind text not null default 'key' check (kind in ('key', 'session', 'link'));
alter table api_keys add column parent_id blob;

create index api_keys_parent on api_keys (organization_id, parent_id) where parent_id is not null;
create index api_keys_user on api_keys (organization_id, user_id) where kind <> 'key';
