-- Which fields of which records an erasure of a person replaced, live or in before-images: an undo of an earlier operation leaves
-- them. No content. noun: the table; part: the second part of its key, or empty; fields: as the masks of before-images.

create table erased_fields (
  organization_id      blob not null,
  operation_id         blob not null,
  noun                 text not null,
  id                   blob not null,
  part                 text not null,
  fields               integer not null,
  primary key (organization_id, operation_id, noun, id, part),
  foreign key (organization_id, operation_id) references operations (organization_id, id)
) strict;

create index erased_fields_record on erased_fields (organization_id, noun, id);
