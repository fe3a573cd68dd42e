CREATE TABLE signal (
    id    TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    kind  TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    kept  BIGINT NOT NULL,
    body  TEXT NOT NULL
);
CREATE INDEX signal_topic ON signal (topic, at_ms);

-- How a topic stood at a tick, in numbers, whether or not anything fired.
CREATE TABLE pulse (
    topic TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    body  TEXT NOT NULL,
    PRIMARY KEY (topic, at_ms)
);

CREATE TABLE lead (
    at_ms   BIGINT NOT NULL,
    rank    BIGINT NOT NULL,
    topic   TEXT NOT NULL,
    central TEXT NOT NULL,
    code    TEXT,
    version BIGINT,
    body    TEXT NOT NULL,
    PRIMARY KEY (at_ms, rank)
);

CREATE TABLE storyline (
    id         TEXT PRIMARY KEY,
    code       TEXT NOT NULL UNIQUE,
    topic      TEXT NOT NULL,
    central    TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX storyline_topic ON storyline (topic, created_ms);

-- Briefs hold no texts: those live with their records, and go with them.
CREATE TABLE brief (
    sha256 TEXT PRIMARY KEY,
    body   TEXT NOT NULL
);

CREATE TABLE story (
    storyline TEXT NOT NULL REFERENCES storyline (id),
    version   BIGINT NOT NULL,
    code      TEXT NOT NULL,
    topic     TEXT NOT NULL,
    at_ms     BIGINT NOT NULL,
    status    TEXT NOT NULL,
    severity  TEXT NOT NULL,
    headline  TEXT NOT NULL,
    brief     TEXT NOT NULL REFERENCES brief (sha256),
    trail     TEXT NOT NULL,
    body      TEXT NOT NULL,
    erased_ms BIGINT,
    PRIMARY KEY (storyline, version)
);
CREATE INDEX story_topic ON story (topic, at_ms);
CREATE INDEX story_code ON story (code, version);
CREATE INDEX story_at ON story (at_ms);

-- Which records a version rests on: `member`, `evidence` or `cited`.
CREATE TABLE story_record (
    storyline TEXT NOT NULL,
    version   BIGINT NOT NULL,
    record_id TEXT NOT NULL,
    role      TEXT NOT NULL,
    PRIMARY KEY (storyline, version, record_id, role)
);
CREATE INDEX story_record_record ON story_record (record_id);

CREATE TABLE decision (
    id      TEXT PRIMARY KEY,
    at_ms   BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    topic   TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reasons TEXT NOT NULL,
    detail  TEXT NOT NULL
);
CREATE INDEX decision_topic ON decision (topic, at_ms);
CREATE INDEX decision_subject ON decision (subject, at_ms);

CREATE TABLE delivery (
    id          TEXT PRIMARY KEY,
    storyline   TEXT NOT NULL,
    code        TEXT NOT NULL,
    version     BIGINT NOT NULL,
    destination TEXT NOT NULL,
    created_ms  BIGINT NOT NULL,
    state       TEXT NOT NULL,
    UNIQUE (code, version, destination)
);
CREATE INDEX delivery_open ON delivery (created_ms, id) WHERE state = 'open';

CREATE TABLE step (
    id          TEXT PRIMARY KEY,
    delivery_id TEXT NOT NULL REFERENCES delivery (id),
    n           BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    state       TEXT NOT NULL,
    state_ms    BIGINT NOT NULL,
    remote      TEXT,
    reason      TEXT,
    attempts    BIGINT NOT NULL DEFAULT 0,
    lease_ms    BIGINT,
    UNIQUE (delivery_id, n)
);
