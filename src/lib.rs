//! LienThong (liên thông: connected): a province's shared data platform as one GraphQL API.

pub mod graphql;
pub mod kernel;
