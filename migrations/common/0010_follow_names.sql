-- What stands for a name, as the texts have taught so far; names without a row stand for themselves.
CREATE TABLE name_alias (
    norm      TEXT NOT NULL PRIMARY KEY,
    canonical TEXT NOT NULL
);

-- Clusters that are no more, and the one each became part of.
CREATE TABLE merged_cluster (
    cluster_id  TEXT NOT NULL PRIMARY KEY,
    merged_into TEXT NOT NULL
);
CREATE INDEX merged_cluster_into ON merged_cluster (merged_into);

-- What a model said of a text: two hexadecimal digits a number, by the digest of the text. It goes when the text goes.
CREATE TABLE embedding (
    model     TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    vector    TEXT NOT NULL,
    PRIMARY KEY (model, text_hash)
);
CREATE INDEX embedding_text ON embedding (text_hash);
