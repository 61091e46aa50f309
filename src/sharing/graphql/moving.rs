//! The GraphQL type for a data link's required migration to another intermediary.

use std::collections::HashMap;

use entity::legal_document;

use crate::{
    kernel::{
        object::{NoArgs, Shape, Shaped, Word, declare::Loading},
        op::Op,
        scalar::Date,
    },
    sharing::deadline::{self, Move},
};

impl Shape for Move {
    const NAME: &'static str = "LinkMigration";
    const DOC: &'static str =
        "A migration to another intermediary that a data link must complete by a legal deadline (chuyển đổi nền tảng).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("to", "The intermediary that the link must use after the deadline (nền tảng mới).", |it| {
                Word(it.to)
            })
            .value(
                "dueOn",
                "The deadline: the last day on which the link may use its present intermediary (hạn chuyển đổi).",
                |it| Date(it.due_on),
            )
            .value(
                "daysLeft",
                "Days until the deadline: 0 on the day itself, negative afterwards (số ngày còn lại).",
                |it| it.days_left,
            )
            .one::<legal_document::Entity>(
                "legalBasis",
                "The legal document that sets the deadline; null if this service has no record of it (căn cứ pháp lý).",
                |it| it.legal_basis,
            )
    }
}

/// Loads the pending migrations of some links.
pub fn of_links<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Move>> {
    Box::pin(async move { deadline::of_links(op, &links).await })
}
