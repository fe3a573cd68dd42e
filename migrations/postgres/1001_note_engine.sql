-- Nothing that only Postgres needs yet; text search comes here (tsvector).
SELECT 1;
