//! Moves to another intermediary that lie before data links.

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
    const DOC: &'static str = "A move to another intermediary that lies before a data link (chuyển đổi nền tảng).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value("to", "Through what it must run then (nền tảng mới).", |it| Word(it.to))
            .value("dueOn", "The last day on which it may still run as it does (hạn chuyển đổi).", |it| {
                Date(it.due_on)
            })
            .value(
                "daysLeft",
                "How many days are left until then, which is 0; negative after it (số ngày còn lại).",
                |it| it.days_left,
            )
            .one::<legal_document::Entity>(
                "legalBasis",
                "The legal document that says so; null where it is not recorded here (căn cứ pháp lý).",
                |it| it.legal_basis,
            )
    }
}

/// The moves that lie before some links.
pub fn of_links<'a>(op: &'a Op, links: Vec<i64>, _: &'a NoArgs) -> Loading<'a, HashMap<i64, Move>> {
    Box::pin(async move { deadline::of_links(op, &links).await })
}
