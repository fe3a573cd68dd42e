-- Places that publish, what they follow, and what their members and moderators have said.

CREATE TABLE desk (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    installer BIGINT,
    awake     BIGINT NOT NULL,
    settings  TEXT NOT NULL,
    joined_ms BIGINT NOT NULL,
    left_ms   BIGINT
);

CREATE TABLE subscription (
    desk       TEXT NOT NULL REFERENCES desk (id),
    topic      TEXT NOT NULL,
    channel    BIGINT NOT NULL,
    style      TEXT NOT NULL,
    cadence    TEXT NOT NULL,
    crosspost  BIGINT NOT NULL,
    created_by BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    awake      BIGINT NOT NULL,
    PRIMARY KEY (desk, topic, channel)
);
CREATE INDEX subscription_topic ON subscription (topic);

-- Stories on their way into a digest, and which digest each went into.
CREATE TABLE digest_item (
    channel BIGINT NOT NULL,
    code    TEXT NOT NULL,
    version BIGINT NOT NULL,
    desk    TEXT NOT NULL,
    due_ms  BIGINT NOT NULL,
    digest  TEXT,
    PRIMARY KEY (channel, code, version)
);
CREATE INDEX digest_item_due ON digest_item (due_ms) WHERE digest IS NULL;
CREATE INDEX digest_item_code ON digest_item (code);

CREATE TABLE amendment (
    id      TEXT PRIMARY KEY,
    code    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    text    TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at_ms   BIGINT NOT NULL,
    applied BIGINT NOT NULL
);
CREATE INDEX amendment_code ON amendment (code, at_ms);

CREATE TABLE dispute (
    id       TEXT PRIMARY KEY,
    code     TEXT NOT NULL,
    version  BIGINT NOT NULL,
    desk     TEXT NOT NULL,
    by_user  BIGINT NOT NULL,
    sentence TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at_ms    BIGINT NOT NULL,
    state    TEXT NOT NULL
);
CREATE INDEX dispute_desk ON dispute (desk, at_ms);

CREATE TABLE mute (
    desk    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    by_user BIGINT NOT NULL,
    at_ms   BIGINT NOT NULL,
    PRIMARY KEY (desk, kind, value)
);

CREATE TABLE audit (
    id      TEXT PRIMARY KEY,
    at_ms   BIGINT NOT NULL,
    desk    TEXT NOT NULL,
    actor   BIGINT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
);
CREATE INDEX audit_desk ON audit (desk, at_ms);

-- What must happen once: an event answered, a person told.
CREATE TABLE once (
    name  TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL
);
CREATE INDEX once_at ON once (at_ms);

ALTER TABLE delivery ADD COLUMN desk TEXT NOT NULL DEFAULT '';
-- How it was planned to look, as JSON: to be planned the same way again.
ALTER TABLE delivery ADD COLUMN look TEXT NOT NULL DEFAULT '';
-- Not before this time: quiet hours, digests.
ALTER TABLE delivery ADD COLUMN due_ms BIGINT NOT NULL DEFAULT 0;
-- Since when its present step fails.
ALTER TABLE delivery ADD COLUMN failing_ms BIGINT;
CREATE INDEX delivery_line ON delivery (destination, created_ms, id) WHERE state = 'open';
CREATE INDEX delivery_storyline ON delivery (storyline, destination);
CREATE INDEX delivery_desk ON delivery (desk, code);

-- How often the step was planned: a plan made while a request is under way is carried out after it.
ALTER TABLE step ADD COLUMN plan BIGINT NOT NULL DEFAULT 0;
