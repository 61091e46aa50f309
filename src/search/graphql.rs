//! GraphQL types and the root field of search.

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
    doc: "A record that search can find (kết quả tìm kiếm).",
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
    const DOC: &'static str = "A search hit (kết quả tìm kiếm).";
    fn declare(declare: Shaped<Self>) -> Shaped<Self> {
        declare
            .value(
                "score",
                "The quality of the match: 1 the code equals the text; 0.9 a name equals it; 0.7 a name starts with it; 0.5 a word in a \
                 name starts with it; 0.4 words in the names start with the words of the text, in any order; 0.2 the text occurs \
                 inside a word (độ phù hợp).",
                |hit| hit.fit.score(),
            )
            .any("result", "The record that was found (kết quả).", &SEARCH_RESULT, |hit| Some(hit.record.clone()))
    }
}

/// The arguments of a search.
#[derive(InputObject)]
struct Sought {
    /// The text to find: a name or part of one, an acronym, a code or a number. Tone marks, their placement and case are
    /// ignored, and đ matches d. `%` and `_` are no wildcards. An empty text finds nothing (từ khoá).
    text: String,
    /// The types of records to search; all types by default (loại).
    types: Option<Vec<SearchType>>,
    /// The maximum number of hits, 1 to 200 (số kết quả).
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

/// Declares the root field of search.
pub fn roots(roots: Roots) -> Roots {
    roots.made_list::<Hit, Sought>(
        "search",
        "Search for records by text, best match first. For example, \"phu tho\" finds both the current and the former Phú Thọ (tìm kiếm).",
        search,
    )
}
