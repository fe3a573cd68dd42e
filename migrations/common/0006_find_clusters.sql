-- Clusters come together: all records of one follow.
CREATE INDEX analysis_cluster ON analysis (cluster_id);
