//! Search (tìm kiếm): one text, looked for among units, plans, indicators, systems, links and agencies, best first.
//!
//! It finds what the caller may see, and writes nothing.

pub mod graphql;
pub mod rules;
pub mod store;
