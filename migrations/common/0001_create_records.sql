-- Times are UTC milliseconds (`_ms`); lists that are only ever read whole are JSON texts.

CREATE TABLE record (
    id               TEXT PRIMARY KEY,
    platform         TEXT NOT NULL,
    native_id        TEXT NOT NULL,
    class            TEXT NOT NULL,
    permalink        TEXT NOT NULL,
    author           TEXT,
    author_key       TEXT NOT NULL,
    venue            TEXT NOT NULL,
    published_ms     BIGINT NOT NULL,
    seen_ms          BIGINT NOT NULL,
    archived_seen_ms BIGINT,
    replay_ms        BIGINT NOT NULL,
    edited_ms        BIGINT,
    title            TEXT,
    body             TEXT NOT NULL,
    tags             TEXT NOT NULL,
    score            BIGINT,
    replies          BIGINT,
    revision         BIGINT NOT NULL,
    raw_hash         TEXT NOT NULL,
    gone_ms          BIGINT,
    gone_reason      TEXT,
    pending          BIGINT NOT NULL,
    UNIQUE (platform, native_id)
);
CREATE INDEX record_seen ON record (seen_ms, id);
CREATE INDEX record_replay ON record (replay_ms, id);
CREATE INDEX record_permalink ON record (permalink);
CREATE INDEX record_pending ON record (published_ms, id) WHERE pending = 1;
CREATE INDEX record_gone ON record (gone_ms) WHERE gone_ms IS NOT NULL;

-- The cleaned text that spans point into, by revision: purged apart from its record.
CREATE TABLE record_text (
    record_id  TEXT NOT NULL REFERENCES record (id),
    revision   BIGINT NOT NULL,
    text       TEXT NOT NULL,
    body_start BIGINT NOT NULL,
    marks      TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    PRIMARY KEY (record_id, revision)
);

CREATE TABLE analysis (
    record_id   TEXT NOT NULL REFERENCES record (id),
    revision    BIGINT NOT NULL,
    lang        TEXT NOT NULL,
    sentiment   DOUBLE PRECISION,
    register    TEXT NOT NULL,
    entities    TEXT NOT NULL,
    phrases     TEXT NOT NULL,
    exact_hash  TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    quarantine  TEXT NOT NULL,
    signs       TEXT NOT NULL,
    copy_group  TEXT NOT NULL,
    cluster_id  TEXT NOT NULL,
    PRIMARY KEY (record_id)
);

CREATE TABLE analysis_topic (
    topic     TEXT NOT NULL,
    record_id TEXT NOT NULL REFERENCES record (id),
    PRIMARY KEY (topic, record_id)
);
CREATE INDEX analysis_topic_record ON analysis_topic (record_id);

-- What a source needs to go on from where it stopped.
CREATE TABLE source_state (
    source        TEXT PRIMARY KEY,
    topic         TEXT NOT NULL,
    kind          TEXT NOT NULL,
    cursor        TEXT,
    etag          TEXT,
    last_modified TEXT,
    last_scan_ms  BIGINT,
    last_ok_ms    BIGINT,
    last_error    TEXT,
    next_ms       BIGINT,
    records       BIGINT NOT NULL DEFAULT 0
);

-- Small facts about the database itself, such as which topic rules its matches were made with.
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
