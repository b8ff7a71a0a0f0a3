-- Keys that lists and sorts go by.

create unique index contacts_external_key on contacts (organization_id, external_key);
create unique index contacts_email on contacts (organization_id, account_id, email);
create index contacts_by_email on contacts (organization_id, email) where email is not null;
create index contacts_name_key on contacts (organization_id, name_key, id);

create unique index account_team_user on account_team (organization_id, account_id, user_id);
create index account_team_by_user on account_team (organization_id, user_id);

create unique index engagements_external_key on engagements (organization_id, external_key);
create index engagements_account on engagements (organization_id, account_id, completed_at);
create index engagements_at on engagements (organization_id, coalesce(completed_at, scheduled_at, created_at), id);
create index engagements_created_by on engagements (organization_id, created_by);

create unique index attachments_content on attachments (organization_id, engagement_id, sha256);

create unique index health_metrics_day on health_metrics (organization_id, account_id, metric_date);
create index health_metrics_date on health_metrics (organization_id, metric_date);

create unique index customer_goals_external_key on customer_goals (organization_id, external_key);
create index customer_goals_account on customer_goals (organization_id, account_id);
create index customer_goals_target_date on customer_goals (organization_id, target_date desc, id desc);
create index customer_goals_updated on customer_goals (organization_id, updated_at desc, id desc);

create index goal_changes_goal on goal_changes (organization_id, goal_id, field, effective_on);
create index goal_changes_operation on goal_changes (organization_id, created_by_operation);
create index account_changes_account on account_changes (organization_id, account_id, field, effective_on);
create index account_changes_operation on account_changes (organization_id, created_by_operation);

create index activities_account on activities (organization_id, account_id, seq) where account_id is not null;
create index activities_record on activities (organization_id, record_id, seq) where record_id is not null;
-- The feed in the order of the commits, and the bulk writes in it.
create index activities_order on activities (organization_id, xid, seq);
create index activities_bulk on activities (organization_id, noun, at desc, id desc) where record_id is null;
