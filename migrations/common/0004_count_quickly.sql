-- Questions over half a million records read an index, not the tables.

-- When a record was published, beside its topics: how many a topic has, of late, and which is the newest.
ALTER TABLE analysis_topic ADD COLUMN published_ms BIGINT NOT NULL DEFAULT 0;
UPDATE analysis_topic SET published_ms = (SELECT record.published_ms FROM record WHERE record.id = analysis_topic.record_id);
CREATE INDEX analysis_topic_time ON analysis_topic (topic, published_ms);

-- The first and the last; the newest first.
CREATE INDEX record_published ON record (published_ms) WHERE gone_ms IS NULL;

-- Few are set aside.
CREATE INDEX analysis_quarantined ON analysis (record_id) WHERE quarantine <> '[]';
