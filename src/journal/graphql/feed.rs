//! The change feed in the schema.

use async_graphql::InputObject;
use entity::{
    access_grant, agency, agreement,
    change::{self, Column as C},
    data_link, indicator, information_system,
    kinds::{ChangeAction, ChangeType},
    legal_document, observation, plan, plan_target, plan_task, unit_version,
};
use sea_orm::{ActiveEnum, Condition, Select};

use crate::{
    journal::{
        feed::{self, LIST, named},
        store::feed as store,
    },
    kernel::{
        error::Refusal,
        locale::Message,
        object::{
            Args, Both, Declare, GlobalId, Noun, Roots, Streams,
            declare::Ref,
            stream::{Event, Source},
        },
        op::Op,
        page::{self, Listing},
        scalar::Cursor,
    },
    territory,
};

/// The types of records that the feed tells of.
const RECORDS: &[Ref] = &[
    <observation::Entity as Noun>::object,
    <indicator::Entity as Noun>::object,
    <plan::Entity as Noun>::object,
    <plan_target::Entity as Noun>::object,
    <plan_task::Entity as Noun>::object,
    <information_system::Entity as Noun>::object,
    <data_link::Entity as Noun>::object,
    <agreement::Entity as Noun>::object,
    <access_grant::Entity as Noun>::object,
    <agency::Entity as Noun>::object,
    <legal_document::Entity as Noun>::object,
    <unit_version::Entity as Noun>::object,
];

impl Noun for change::Entity {
    const NAME: &'static str = LIST;
    const DOC: &'static str = "Something that happened to a record (thay đổi).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .value(
                "cursor",
                "Its place in the feed: `changes(after:)` goes on from there, at any later time (con trỏ).",
                [C::Id],
                |id: i64| page::cursor_by_key(LIST, id),
            )
            .stored::<ChangeType>("type", "What kind of record (loại).", C::Kind)
            .stored::<ChangeAction>("action", "What happened to it (hành động).", C::Action)
            .column("key", "The record's natural key, as its type has one (khoá).", C::Key)
            .value(
                "nodeId",
                "The record's global id, also when it is there no more (định danh).",
                [C::Kind, C::NodeId],
                |word: String, id: i64| GlobalId::encode(type_of(&word).unwrap_or_default(), id),
            )
            .column("at", "When (thời điểm).", C::At)
            .any_node(
                "node",
                "The record as it is now; null when it is gone, or the caller may not see it (bản ghi).",
                RECORDS,
                [C::Kind, C::NodeId],
                type_of,
            )
    }
}

/// The type in the schema that a stored word stands for.
fn type_of(word: &str) -> Option<&'static str> {
    ChangeType::try_from_value(&word.to_owned()).ok().map(named)
}

/// Which changes.
#[derive(InputObject)]
struct Changes {
    /// Only of records of these types (loại).
    types: Option<Vec<ChangeType>>,
    /// Only of what belongs to these areas, by code: every unit that ever held it. Indicators and legal documents belong to
    /// none (địa bàn).
    areas: Option<Vec<String>>,
}

impl Args for Changes {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        check_count("areas", self.areas.as_ref())?;
        territory::graphql::check_areas("areas", self.areas.as_ref())
    }
}

/// The most codes by which a feed is narrowed: whoever follows has it narrowed for each thing that happens.
const MOST_CODES: usize = 200;

fn check_count(path: &str, codes: Option<&Vec<String>>) -> Result<(), Refusal> {
    if codes.is_none_or(|codes| codes.len() <= MOST_CODES) {
        return Ok(());
    }
    let message = Message::new(
        format!("`{path}` có nhiều nhất {MOST_CODES} mục."),
        format!("`{path}` has at most {MOST_CODES} items."),
    );
    Err(Refusal::field(path, "OUT_OF_RANGE", message))
}

impl Listing for Changes {
    fn condition(&self, op: &Op) -> Condition {
        Condition::all()
            .add_option(self.types.as_deref().map(|types| store::of_types(op, types)))
            .add_option(self.areas.as_deref().map(|codes| store::of_areas(op, codes)))
    }
}

/// From where on.
#[derive(InputObject)]
struct From {
    /// First what came after this cursor, of a change or of a page of changes; without one only what comes from now on (sau con
    /// trỏ).
    after: Option<Cursor>,
}

impl Args for From {}

/// The root fields of the feed.
pub fn roots(roots: Roots) -> Roots {
    roots.feed::<change::Entity, Changes>(
        "changes",
        "What happened to records, in the order in which it was committed: for whoever keeps a copy. Read from where you have read to: the `endCursor` of a page is `after` of the next, and an empty page repeats it. A page goes through at most 5,000 changes: where few of them are shown it ends early, or is empty, and `hasNextPage` says that there is more after its `endCursor`. Strangers are told of what is public; a system is told of more with the scope changes:read. A cursor from before what is kept is CURSOR_EXPIRED: read the data anew (luồng thay đổi).",
        |op, id| Box::pin(feed::kept(op, id)),
        |op, id| Box::pin(feed::reach(op, id)),
    )
}

/// Which links.
#[derive(InputObject)]
struct FollowedLinks {
    /// Only of these, by code (kết nối).
    links: Option<Vec<String>>,
}

impl Args for FollowedLinks {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        check_count("links", self.links.as_ref())
    }
}

/// The subscriptions to the feed.
pub fn streams(streams: Streams) -> Streams {
    streams.rows::<change::Entity, Both<Changes, From>>(
        "changes",
        "What happens to records, as it is committed, on whichever instance: each change is told to who may see it when it is told. Its `cursor` is that of the query `changes`, which tells what was missed: begin again with `after` (luồng thay đổi trực tiếp).",
        Source {
            begin: |op, args| {
                Box::pin(async move {
                    match feed::place(op, args.1.after.clone()).await? {
                        Some(place) => Ok(place),
                        None => feed::newest(op).await,
                    }
                })
            },
            next: |op, args, part| {
                Box::pin(async move {
                    let rows = store::within(op, part, args.0.condition(op)).await?;
                    Ok(rows.into_iter().map(|row| Event { place: row.id.0, key: row.id.0 }).collect())
                })
            },
        },
    )
    .rows::<data_link::Entity, FollowedLinks>(
        "linkHealthChanged",
        "A data link of which the health is another one now than it was: UP, DEGRADED, DOWN or UNKNOWN, as checks tell. What changes twice before it is told is told once (tình trạng kết nối thay đổi).",
        Source {
            begin: |op, args| Box::pin(feed::newest_of_links(op, args.links.as_deref())),
            next: |op, args, part| {
                Box::pin(async move {
                    let of = store::of_health(op, args.links.as_deref());
                    let rows = store::within(op, part, of).await?;
                    Ok(rows.into_iter().map(|row| Event { place: row.id.0, key: row.node_id }).collect())
                })
            },
        },
    )
}
