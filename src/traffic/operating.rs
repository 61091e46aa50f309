//! Whether calls go over a link. What decides is the state that the link was in when a call began, not the one that it is in when
//! the call is reported: of a link that has ended, late reports of what went over it before are right.

use std::borrow::Borrow;

use chrono::{DateTime, Utc};
use entity::{
    data_link,
    kinds::{Environment, ExchangeOutcome, LinkStatus},
    link_transition,
};

use super::{NewExchange, rules};
use crate::{
    kernel::{clock::day_of, error::FieldFault, locale::Message},
    sharing::rules::life,
};

/// A link, and how it came to be what it is.
pub(super) struct Life {
    /// The link.
    pub link: data_link::Model,
    /// Its steps, in the order in which they were taken; none where it stands as its source told.
    pub steps: Vec<link_transition::Model>,
}

/// The state that a link, as it is noted, was in at an instant, by its steps in the order in which they were taken; none where it was
/// not there yet. After its last day it had expired, whenever that was noted.
pub(super) fn standing_at(
    link: &data_link::Model,
    steps: &[impl Borrow<link_transition::Model>],
    at: DateTime<Utc>,
) -> Option<LinkStatus> {
    rules::status_at(link.status, steps, at).map(|status| life::standing(status, link.expires_on, day_of(at)))
}

impl Life {
    /// The state that it was in; none before it was there, or before it began.
    fn status(&self, at: DateTime<Utc>) -> Option<LinkStatus> {
        let (link, day) = (&self.link, day_of(at));
        let status = standing_at(link, &self.steps, at)?;
        // What began later, as its source tells: where steps are known, they say when.
        let begun = link.active_from.as_ref().filter(|_| self.steps.is_empty()).and_then(|from| from.span());
        let later = begun.is_some_and(|begun| begun.start > day);
        (!later).then_some(status)
    }
    /// Whether a call of then only tried the link: in a test, or outside production.
    pub fn is_trial(&self, at: DateTime<Utc>) -> bool {
        self.link.environment != Environment::Production || self.status(at) == Some(LinkStatus::Testing)
    }
    /// Why a call cannot have been.
    pub fn fault(&self, order: &NewExchange) -> Option<FieldFault> {
        use LinkStatus::{Active, Migrating, Suspended, Testing};
        let message = match self.status(order.at) {
            Some(Active | Migrating | Testing) => return None,
            // Who tries all the same is turned away.
            Some(Suspended) if order.outcome != ExchangeOutcome::Succeeded => return None,
            Some(Suspended) => Message::new(
                "Khi ấy kết nối đang tạm dừng (SUSPENDED): chỉ nhận trao đổi FAILED hoặc DENIED.",
                "The link was SUSPENDED then: only calls that FAILED or were DENIED are taken.",
            ),
            Some(status) => {
                let word = status.word();
                Message::new(
                    format!("Khi ấy kết nối ở trạng thái {word}, không có trao đổi nào qua kết nối."),
                    format!("The link was {word} then: no calls go over it in that state."),
                )
            }
            None => Message::new("Khi ấy kết nối chưa hoạt động.", "The link did not operate yet then."),
        };
        Some(FieldFault { path: "at".to_owned(), code: "NOT_OPERATING", message })
    }
}
