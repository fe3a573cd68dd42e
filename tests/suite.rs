//! The one integration binary: each module is a capability, told from the outside.

mod support;

mod bundle;
mod demo;
mod store;
