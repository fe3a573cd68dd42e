-- Bluesky: what is being sent to the byte, what was spent, who asked what, and who wants to be left alone.

-- What a step is sending, chosen once and kept before it is sent (JSON); empty where steps need none.
ALTER TABLE step ADD COLUMN sealed TEXT NOT NULL DEFAULT '';

-- Which post tells which story version: under it people ask about that story. One row per post that stands or stood and
-- story in it: a story's own posts, and those of answers.
CREATE TABLE told (
    account TEXT NOT NULL,          -- DID
    record_key TEXT NOT NULL,       -- of the post in the account's repository
    storyline TEXT NOT NULL,
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    answers TEXT NOT NULL DEFAULT '', -- the question it answers; empty if it is the story's own
    PRIMARY KEY (account, record_key, code)
);
CREATE INDEX told_code ON told (code, account);

-- Points of the server's write limit that were spent, by minute.
CREATE TABLE spent (
    account TEXT NOT NULL,          -- DID
    minute_ms BIGINT NOT NULL,
    points BIGINT NOT NULL,
    PRIMARY KEY (account, minute_ms)
);

-- How far an account's notifications have been read.
CREATE TABLE mailbox (
    account TEXT PRIMARY KEY,       -- DID
    read_ms BIGINT NOT NULL         -- everything indexed before is stored as a question, or was none
);

-- What people asked an account. A row stays, so that nobody is answered twice; the words go once it is answered.
CREATE TABLE question (
    uri TEXT PRIMARY KEY,           -- of the post that asks
    account TEXT NOT NULL,          -- DID asked
    author TEXT NOT NULL,           -- DID of who asks
    root TEXT NOT NULL,             -- address of its thread's first post
    asked_ms BIGINT NOT NULL,       -- when the server saw it
    body TEXT NOT NULL,             -- JSON: the post's CID, its thread and its words; empty when done
    state TEXT NOT NULL,            -- waiting, sending, answered, passed
    reason TEXT NOT NULL DEFAULT '',-- why it was passed over
    sealed TEXT NOT NULL DEFAULT '',-- the answer to the byte, kept before it is sent
    due_ms BIGINT NOT NULL,         -- not before
    done_ms BIGINT
);
CREATE INDEX question_open ON question (account, due_ms) WHERE state IN ('waiting', 'sending');
CREATE INDEX question_author ON question (account, author, asked_ms);
CREATE INDEX question_done ON question (account, done_ms);

-- Who, and which threads, an account leaves alone because it was asked to.
CREATE TABLE silence (
    account TEXT NOT NULL,          -- DID
    kind TEXT NOT NULL,             -- person, thread, here (one person in one thread)
    subject TEXT NOT NULL,          -- DID, the address of the thread's first post, or both with a space between
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (account, kind, subject)
);
