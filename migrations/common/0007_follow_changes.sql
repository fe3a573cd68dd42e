-- A number that only rises. A desk that runs reads what has changed since it looked last, not all it knows again.
ALTER TABLE record ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX record_changed ON record (changed) WHERE changed > 0;

-- Whoever changes records takes the next number first and keeps its row until the end: a reader never misses one.
CREATE TABLE change_count (n BIGINT NOT NULL);
INSERT INTO change_count (n) VALUES (0);
