//! The words of the product as types: records, signals, stories, deliveries, decisions.
