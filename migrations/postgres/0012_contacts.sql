-- Contacts have a phone number and custom fields. Types as in 0001.

alter table contacts add column phone text collate "C";
alter table contacts add column custom_fields text collate "C" not null default '{}';
alter table contacts_before add column phone text collate "C";
alter table contacts_before add column custom_fields text collate "C" not null default '{}';
