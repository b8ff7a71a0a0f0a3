-- How much the book told on a day: the mean coverages of health and of churn risk in basis points, onboarding accounts aside; half
-- of one is the floor of bands. Empty on days that were scored before they were counted.
alter table score_books add column health_known bigint;
alter table score_books add column churn_known bigint;
alter table score_books_before add column health_known bigint;
alter table score_books_before add column churn_known bigint;
