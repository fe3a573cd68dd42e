//! Rendering per platform, the outbox, and the destinations.
