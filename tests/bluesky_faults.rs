//! Whatever happens on the way: one thread, whole and in order, on the real server.

mod crash;
mod hands;
mod late;
mod limits;
mod table;
