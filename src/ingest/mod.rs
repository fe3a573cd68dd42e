//! Where records come from: sources, the polite HTTP client, archive import.
