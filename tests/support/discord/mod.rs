//! Discord for tests.

pub(crate) mod contract;
