-- session_minutes is a mean: from now on it is kept in hundredths, up to 1,000,000 minutes, as resolution_hours is.
update health_metrics set session_minutes = least(session_minutes, 1000000) * 100 where session_minutes is not null;
update health_metrics_before set session_minutes = least(session_minutes, 1000000) * 100 where session_minutes is not null;
