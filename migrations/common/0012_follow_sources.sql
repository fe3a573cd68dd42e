-- The newest moment a source has told of: how far it lags.
ALTER TABLE source_state ADD COLUMN newest_ms BIGINT;

-- How a source did, hour by hour of scanning; kept for a month.
CREATE TABLE source_hour (
    source   TEXT NOT NULL,
    hour_ms  BIGINT NOT NULL,
    records  BIGINT NOT NULL,
    scans    BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    PRIMARY KEY (source, hour_ms)
);

-- What went wrong with it, by kind.
CREATE TABLE source_failure (
    source  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    times   BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (source, kind)
);

-- Time of which a source told nothing and can tell nothing any more: no silence.
CREATE TABLE source_gap (
    source   TEXT NOT NULL,
    platform TEXT NOT NULL,
    from_ms  BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (source, from_ms)
);
CREATE INDEX source_gap_until ON source_gap (until_ms);

-- When a cited record was last asked for again at its platform, and when there was last an answer (0: never).
CREATE TABLE record_check (
    record_id  TEXT NOT NULL PRIMARY KEY REFERENCES record (id),
    asked_ms   BIGINT NOT NULL,
    checked_ms BIGINT NOT NULL
);

-- Authors who asked to be left out: the digest that their records would carry, and nothing else.
CREATE TABLE left_out (
    author_key TEXT NOT NULL PRIMARY KEY,
    since_ms   BIGINT NOT NULL
);

-- Whether a record was read where it stands (1) or came with an archive (0), and when its words and its author went because
-- its platform lets nobody keep them.
ALTER TABLE record ADD COLUMN live BIGINT NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN expired_ms BIGINT;
CREATE INDEX record_live ON record (platform, seen_ms) WHERE live = 1 AND expired_ms IS NULL AND gone_ms IS NULL;
