//! The one integration binary: each module is a capability, told from the outside.

mod support;

mod backtest;
mod bundle;
mod cli;
mod demo;
mod real;
mod scan;
mod store;
