//! Migration deadlines (thời hạn chuyển đổi): the dates by which data links must have moved from one intermediary to
//! another. They are configured, because the law changes independently of the program.

use chrono::NaiveDate;
use entity::kinds::Intermediary;
use serde::{Deserialize, Serialize};

use super::error::{Broken, Result};

/// A migration deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// The old intermediary.
    pub from: Intermediary,
    /// The new intermediary.
    pub to: Intermediary,
    /// The last day on which a link may use the old intermediary.
    pub due_on: NaiveDate,
    /// The code of the legal document that sets the deadline.
    pub legal_basis: String,
}

/// The content of the file of deadlines.
#[derive(Deserialize)]
struct File {
    deadlines: Vec<Deadline>,
}

impl Deadline {
    /// The deadlines that apply unless others are configured.
    pub fn known() -> Vec<Deadline> {
        // The file is compiled in, and a test parses it.
        toml::from_str(include_str!("deadlines.toml")).map(|file: File| file.deadlines).unwrap_or_default()
    }
    /// Checks that each deadline has two different intermediaries, and that each old intermediary has only one
    /// deadline.
    ///
    /// # Errors
    /// The first violation.
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
