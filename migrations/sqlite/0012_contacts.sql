-- Contacts have a phone number and custom fields. Types as in 0001.

alter table contacts add column phone text;
alter table contacts add column custom_fields text not null default '{}';
alter table contacts_before add column phone text;
alter table contacts_before add column custom_fields text not null default '{}';
