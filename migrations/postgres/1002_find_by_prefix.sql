-- Records of one account begin alike; the database's own order of texts does not find beginnings.
CREATE INDEX record_native_prefix ON record (platform, native_id COLLATE "C") WHERE gone_ms IS NULL;
