-- What models were asked, what it took and what it cost. No words of either side.
CREATE TABLE model_call (
    id BIGINT PRIMARY KEY,
    job TEXT NOT NULL,                          -- what it was for: a story's code and version
    topic TEXT NOT NULL,
    purpose TEXT NOT NULL,                      -- write, repair, confirm
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    request_id TEXT NOT NULL DEFAULT '',        -- the server's name for it
    prompt_hash TEXT NOT NULL,                  -- digest of what was sent
    in_tokens BIGINT NOT NULL,                  -- until it is settled, and where the server does not say: our estimate
    cache_write_tokens BIGINT NOT NULL DEFAULT 0,
    cache_read_tokens BIGINT NOT NULL DEFAULT 0,
    out_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL DEFAULT 0,
    estimated BIGINT NOT NULL,                  -- 1: the tokens are our estimate
    price_version TEXT NOT NULL,
    cost_microusd BIGINT NOT NULL,              -- millionths of a dollar; an estimate until it is settled
    stop_reason TEXT NOT NULL DEFAULT '',
    http_status BIGINT NOT NULL DEFAULT 0,      -- 0: there was no answer
    started_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    state TEXT NOT NULL                         -- sent, ok, failed, unknown
);
CREATE INDEX model_call_time ON model_call (started_ms);
CREATE INDEX model_call_job ON model_call (job);

-- Whoever is about to ask takes the next number first and keeps its row until the caps are looked at: two that ask at once
-- would both see room.
CREATE TABLE model_call_count (n BIGINT NOT NULL);
INSERT INTO model_call_count (n) VALUES (0);

-- An answer that was paid for, until the story is stored: a desk that dies in between does not buy it twice. It quotes records,
-- so it is kept for a day, and for no longer than all of them stand.
CREATE TABLE model_reply (
    question TEXT PRIMARY KEY,                  -- digest of provider, model and everything that was sent
    reply TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- What a model said for a version, so that the version can be made again from it. It goes with the brief.
CREATE TABLE model_answers (
    brief TEXT PRIMARY KEY,
    answers TEXT NOT NULL,                      -- JSON
    created_ms BIGINT NOT NULL
);
