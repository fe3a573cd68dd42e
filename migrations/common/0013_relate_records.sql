-- What a record answers and what it quotes: addresses in the one form that `ingest/relation.rs` gives them.
ALTER TABLE record ADD COLUMN answers TEXT;
ALTER TABLE record ADD COLUMN quotes TEXT;
