//! LienThong (liên thông): a province's data-sharing platform as one GraphQL API.

pub mod agency;
pub mod bulk;
pub mod citation;
pub mod cli;
pub mod graphql;
pub mod health;
pub mod http;
pub mod identity;
pub mod indicator;
pub mod journal;
pub mod kernel;
pub mod plan;
pub mod search;
pub mod sharing;
pub mod territory;
pub mod traffic;
pub mod worker;
