//! Who asks (danh tính): people who sign in, systems that integrate, and the tokens by which both are known.
//!
//! Whoever bears a token is looked up anew with every request, so that what was ended or taken away is gone at once, on every
//! instance.

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

/// The code that means the whole country.
pub const COUNTRY: &str = "VN";

/// The unit that an area's code means on a day; none for the whole country.
async fn area(tx: &Tx, code: Option<&str>, today: chrono::NaiveDate) -> Result<Option<UnitId>> {
    match code {
        None | Some(COUNTRY) => Ok(None),
        Some(code) => Ok(Some(territory::resolve(tx, "area", code, today).await?)),
    }
}
