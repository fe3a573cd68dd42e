//! Discord for tests.

pub(crate) mod contract;
pub(crate) mod picture;
