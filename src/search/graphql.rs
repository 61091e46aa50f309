//! Search in the schema.

use async_graphql::InputObject;
use entity::{agency, data_link, indicator, information_system, kinds::SearchType, legal_document, plan, unit_version};
use sea_orm::Iterable;

use super::store::{self, Hit};
use crate::kernel::{
    error::Refusal,
    object::{Args, Noun, Roots, Shape, Shaped, Union, declare::Loading},
    op::Op,
    page::{DEFAULT, count},
};

static SEARCH_RESULT: Union = Union {
    name: "SearchResult",
    doc: "What a search can find (kết quả tìm kiếm).",
    members: &[
        <unit_version::Entity as Noun>::object,
        <plan::Entity as Noun>::object,
        <legal_document::Entity as Noun>::object,
        <indicator::Entity as Noun>::object,
        <information_system::Entity as Noun>::object,
        <data_link::Entity as Noun>::object,
        <agency::Entity as Noun>::object,
    ],
};

impl Shape for Hit {
    const NAME: &'static str = "SearchHit";
    const DOC: &'static str = "Something that a search found (kết quả tìm kiếm).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value(
                "score",
                "How well it fits: 1 its code is the text; 0.9 a name is; 0.7 a name begins with it; 0.5 a word in it does; 0.4 words \
                 in it begin with its words, in any order; 0.2 it stands inside a word (độ phù hợp).",
                |hit| hit.fit.score(),
            )
            .any("result", "What was found (kết quả).", &SEARCH_RESULT, |hit| Some(hit.record.clone()))
    }
}

/// What is searched for.
#[derive(InputObject)]
struct Sought {
    /// The text: a name, a part of one, an acronym, a code or a number. Tone marks, their placement and case do not matter, đ is
    /// d; `%` and `_` are letters like any other. An empty one finds nothing (từ khoá).
    text: String,
    /// Only these; everything by default (loại).
    types: Option<Vec<SearchType>>,
    /// How many at most, 1 to 200 (số kết quả).
    #[graphql(default_with = "Some(DEFAULT)")]
    first: Option<i32>,
}

impl Sought {
    fn most(&self) -> Result<u64, Refusal> {
        count("first", self.first.unwrap_or(DEFAULT))
    }
}

impl Args for Sought {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        self.most().map(|_| ())
    }
}

fn search<'a>(op: &'a Op, sought: &'a Sought) -> Loading<'a, Vec<Hit>> {
    Box::pin(async move {
        let types = sought.types.clone().unwrap_or_else(|| SearchType::iter().collect());
        store::find(op, &sought.text, &types, sought.most()?).await
    })
}

/// The root fields of this room.
pub fn roots(roots: Roots) -> Roots {
    roots.made_list::<Hit, Sought>(
        "search",
        "What a text finds, best first: \"phu tho\" finds Phú Thọ, today's and the former one (tìm kiếm).",
        search,
    )
}
