-- Foreign keys, and the keys that names and sorts go by. A missing value sorts lowest on both databases.

alter table users add foreign key (organization_id) references organizations (id);
alter table accounts add foreign key (organization_id) references organizations (id);
alter table accounts add foreign key (organization_id, owner_id) references users (organization_id, id);
alter table accounts add foreign key (organization_id, parent_id) references accounts (organization_id, id);
alter table accounts add foreign key (organization_id, merged_into) references accounts (organization_id, id);
alter table account_aliases add foreign key (organization_id, account_id) references accounts (organization_id, id);
alter table account_changes add foreign key (organization_id, account_id) references accounts (organization_id, id);
alter table operations add foreign key (organization_id) references organizations (id);
alter table operations add foreign key (organization_id, user_id) references users (organization_id, id);
alter table users_before add foreign key (organization_id, operation_id) references operations (organization_id, id);
alter table accounts_before add foreign key (organization_id, operation_id) references operations (organization_id, id);

create unique index users_email on users (organization_id, email);
create unique index users_external_key on users (organization_id, external_key);

create unique index accounts_external_key on accounts (organization_id, external_key);
create index accounts_name_key on accounts (organization_id, name_key, id);
create index accounts_domain on accounts (organization_id, domain) where domain is not null;
create index accounts_owner on accounts (organization_id, owner_id) where owner_id is not null;
create index accounts_parent on accounts (organization_id, parent_id) where parent_id is not null;
create index accounts_status on accounts (organization_id, status, archived_at, arr);
create index accounts_arr on accounts (organization_id, arr desc nulls last, id desc);
create index accounts_health on accounts (organization_id, health_score desc nulls last, id desc);
create index accounts_churn_risk on accounts (organization_id, churn_risk_score desc nulls last, id desc);
create index accounts_contract_end on accounts (organization_id, contract_end desc nulls last, id desc);
create index accounts_updated on accounts (organization_id, updated_at desc nulls last, id desc);

create index account_changes_operation on account_changes (organization_id, operation_id);
create index operations_started on operations (organization_id, started_at desc nulls last, id desc);
