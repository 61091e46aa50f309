//! Calls over data links in the schema.

pub mod mutation;
pub mod statistics;
