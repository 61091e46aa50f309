//! Whether a link was operating when a call began. The status at the time of the call decides, not the one at the time
//! of the report: late reports of calls over a link that has since ended are valid.

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

/// A link with its transitions.
pub(super) struct Life {
    /// The link.
    pub link: data_link::Model,
    /// Its transitions in order; empty for a link that was loaded from a source.
    pub steps: Vec<link_transition::Model>,
}

/// The status of a link at an instant, by its transitions in order; none before it was created. After its expiry date
/// the status is EXPIRED, whenever the expiry was recorded.
pub(super) fn standing_at(
    link: &data_link::Model,
    steps: &[impl Borrow<link_transition::Model>],
    at: DateTime<Utc>,
) -> Option<LinkStatus> {
    rules::status_at(link.status, steps, at).map(|status| life::standing(status, link.expires_on, day_of(at)))
}

impl Life {
    /// The link's status at an instant; none before it was created or became active.
    fn status(&self, at: DateTime<Utc>) -> Option<LinkStatus> {
        let (link, day) = (&self.link, day_of(at));
        let status = standing_at(link, &self.steps, at)?;
        // A link from a source has no transitions, so `active_from` says when it began.
        let begun = link.active_from.as_ref().filter(|_| self.steps.is_empty()).and_then(|from| from.span());
        let later = begun.is_some_and(|begun| begun.start > day);
        (!later).then_some(status)
    }
    /// Whether a call at this time was a trial: the link was TESTING, or its environment is not PRODUCTION.
    pub fn is_trial(&self, at: DateTime<Utc>) -> bool {
        self.link.environment != Environment::Production || self.status(at) == Some(LinkStatus::Testing)
    }
    /// The fault of a call at a time when the link did not operate.
    pub fn fault(&self, order: &NewExchange) -> Option<FieldFault> {
        use LinkStatus::{Active, Migrating, Suspended, Testing};
        let message = match self.status(order.at) {
            Some(Active | Migrating | Testing) => return None,
            // Calls over a suspended link are turned away, and such failures are worth counting.
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
