//! LienThong (liên thông: connected): a province's shared data platform as one GraphQL API.

pub mod bulk;
pub mod cli;
pub mod citation;
pub mod graphql;
pub mod http;
pub mod kernel;
pub mod agency;
pub mod indicator;
pub mod plan;
pub mod sharing;
pub mod territory;
