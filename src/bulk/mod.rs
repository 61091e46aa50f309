//! Data in bulk: files in, through the rooms' own commands.

pub mod bundle;
pub mod records;
pub mod seed;
pub mod sheet;
