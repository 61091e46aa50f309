//! Identity (danh tính): users, API clients, and the tokens that authenticate both.
//!
//! Each request looks up the bearer of its token in the database. Ending a session, revoking a client or removing a role
//! therefore takes effect immediately, on every instance.

pub mod client;
pub mod failures;
pub mod graphql;
mod lockout;
pub mod password;
mod recheck;
pub mod rules;
pub mod session;
pub mod store;
pub mod token;
pub mod user;

use entity::ids::UnitId;

use crate::{
    kernel::{error::Result, tx::Tx},
    territory,
};

/// The code of the whole country.
pub const COUNTRY: &str = "VN";

/// Resolves an area's code to a unit. `None` means the whole country: for no code, and for `VN`.
async fn area(tx: &Tx, code: Option<&str>, today: chrono::NaiveDate) -> Result<Option<UnitId>> {
    match code {
        None | Some(COUNTRY) => Ok(None),
        Some(code) => Ok(Some(territory::resolve(tx, "area", code, today).await?)),
    }
}
