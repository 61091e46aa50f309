//! The ground floor: what every room stands on. It knows no noun, except the names in the [`policy`].

pub mod address;
pub mod app;
pub mod arguments;
pub mod chain;
pub mod check;
pub mod clock;
pub mod config;
pub mod db;
pub mod deadline;
pub mod error;
pub mod limits;
pub mod locale;
pub mod news;
pub mod object;
pub mod op;
pub mod origin;
pub mod page;
pub mod patch;
pub mod policy;
pub mod quota;
pub mod repeat;
pub mod scalar;
pub mod secret;
pub mod text;
pub mod token;
pub mod tx;
