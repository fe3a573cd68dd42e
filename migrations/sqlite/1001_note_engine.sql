-- Nothing that only SQLite needs yet; text search comes here (FTS5).
SELECT 1;
