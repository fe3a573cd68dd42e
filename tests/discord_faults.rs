//! Posting to Discord while everything goes wrong: afterwards each story stands there once, whole and in order.

mod commands;
mod crash;
mod limits;
mod places;
mod table;
