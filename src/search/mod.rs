//! Search (tìm kiếm): finds a text in territorial units, plans, legal documents, indicators, systems, data links and
//! agencies, best match first.
//!
//! It returns only records that the caller may see, and writes nothing.

pub mod graphql;
pub mod rules;
pub mod store;
