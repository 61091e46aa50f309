//! Deadlines (thời hạn chuyển đổi): by when data links must have moved from one intermediary to another. What the law says of it
//! changes without the program: it is configured.

use chrono::NaiveDate;
use entity::kinds::Intermediary;
use serde::{Deserialize, Serialize};

use super::error::{Broken, Result};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Links through this one must move.
    pub from: Intermediary,
    /// To this one.
    pub to: Intermediary,
    /// The last day on which they may still run through the old one.
    pub due_on: NaiveDate,
    /// The legal document that says so, by code.
    pub legal_basis: String,
}

/// What a file says of them.
#[derive(Deserialize)]
struct File {
    deadlines: Vec<Deadline>,
}

impl Deadline {
    /// Those that hold where nothing else is configured.
    pub fn known() -> Vec<Deadline> {
        // The file is part of the program, and a test reads it.
        toml::from_str(include_str!("deadlines.toml")).map(|file: File| file.deadlines).unwrap_or_default()
    }
    /// Each leads elsewhere, and of two for the same links nobody knows which holds.
    ///
    /// # Errors
    /// For the first that does not.
    pub fn check(deadlines: &[Deadline]) -> Result<()> {
        for (n, deadline) in deadlines.iter().enumerate() {
            let from = deadline.from.word();
            if deadline.from == deadline.to {
                return Err(Broken::new(format!("a deadline moves links from {from} to {from}")).into());
            }
            if deadlines.iter().skip(n + 1).any(|other| other.from == deadline.from) {
                return Err(Broken::new(format!("there are two deadlines for links through {from}")).into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_ones_can_be_read_and_hold() {
        let known = Deadline::known();
        assert_eq!(known.len(), 1);
        Deadline::check(&known).expect("they hold");
        let told = |from, to| Deadline { from, to, ..known[0].clone() };
        use Intermediary::{Lgsp, Ndop, Ndxp};
        assert!(Deadline::check(&[told(Ndxp, Ndxp)]).is_err());
        assert!(Deadline::check(&[told(Ndxp, Ndop), told(Lgsp, Ndop)]).is_ok());
        assert!(Deadline::check(&[told(Ndxp, Ndop), told(Ndxp, Lgsp)]).is_err());
    }
}
