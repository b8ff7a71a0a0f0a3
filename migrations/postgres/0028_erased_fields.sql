-- Which fields of which records an erasure of a person replaced, live or in before-images: an undo of an earlier operation leaves
-- them. No content. noun: the table; part: the second part of its key, or empty; fields: as the masks of before-images.

create table erased_fields (
  organization_id      uuid not null,
  operation_id         uuid not null,
  noun                 text collate "C" not null,
  id                   uuid not null,
  part                 text collate "C" not null,
  fields               bigint not null,
  primary key (organization_id, operation_id, noun, id, part)
);

alter table erased_fields add foreign key (organization_id, operation_id) references operations (organization_id, id);

create index erased_fields_record on erased_fields (organization_id, noun, id);
