-- Two storylines can become one; and where a storyline is in its life is known without a version of it.
ALTER TABLE storyline ADD COLUMN merged_into TEXT;
ALTER TABLE storyline ADD COLUMN merged_ms BIGINT;
ALTER TABLE storyline ADD COLUMN status TEXT NOT NULL DEFAULT 'breaking';
