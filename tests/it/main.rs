//! The integration tests: one binary, a database per test, every test on SQLite and on PostgreSQL.

// A test that cannot go on should say where.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod accounts;
mod connections;
mod docs;
mod harness;
mod http;
mod killed;
mod live;
mod manual;
mod object;
mod outages;
mod playground;
mod policy;
mod program;
mod rooms;
mod schema;
mod serve;
mod tidy;
mod walk;
