-- SQLite writes a row in place if it keeps its length. Numbers of changes are as long as the mark of a record that waits
-- (three bytes, see `store/records.rs`), so that analysing a record does not write its whole text again.
UPDATE change_count SET n = n + 65536;
