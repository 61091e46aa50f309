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

/// The types of records whose changes are in the feed.
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
    const DOC: &'static str = "A change of a record (thay đổi).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .value(
                "cursor",
                "Position in the feed. `changes(after:)` continues after it (con trỏ).",
                [C::Id],
                |id: i64| page::cursor_by_key(LIST, id),
            )
            .stored::<ChangeType>("type", "Type of the record (loại).", C::Kind)
            .stored::<ChangeAction>("action", "What happened to the record (hành động).", C::Action)
            .column("key", "Natural key of the record, such as the code of a plan (khoá).", C::Key)
            .value(
                "nodeId",
                "Global id of the record, even if the record no longer exists (định danh).",
                [C::Kind, C::NodeId],
                |word: String, id: i64| GlobalId::encode(type_of(&word).unwrap_or_default(), id),
            )
            .column("at", "When it happened (thời điểm).", C::At)
            .any_node(
                "node",
                "The record as it is now; null if it no longer exists or the caller may not read it (bản ghi).",
                RECORDS,
                [C::Kind, C::NodeId],
                type_of,
            )
    }
}

/// The name in the schema of a stored type of record.
fn type_of(word: &str) -> Option<&'static str> {
    ChangeType::try_from_value(&word.to_owned()).ok().map(named)
}

/// Conditions on changes; all that are given must hold.
#[derive(InputObject)]
struct Changes {
    /// Changes of records of these types (loại).
    types: Option<Vec<ChangeType>>,
    /// Changes of records that belong to these areas, by code: every unit that ever held the code. At most 200.
    /// Indicators and legal documents belong to no area (địa bàn).
    areas: Option<Vec<String>>,
}

impl Args for Changes {
    fn settle(&mut self, _: &Op) -> Result<(), Refusal> {
        check_count("areas", self.areas.as_ref())?;
        territory::graphql::check_areas("areas", self.areas.as_ref())
    }
}

/// The most codes in a filter of the feed. A subscription applies its filter to every event, so a long list would make
/// each event expensive.
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

/// Where a subscription starts.
#[derive(InputObject)]
struct From {
    /// Deliver first what came after this cursor, of a change or of a page of changes. Without it, only changes from
    /// now on are delivered (sau con trỏ).
    after: Option<Cursor>,
}

impl Args for From {}

/// The root fields of the feed.
pub fn roots(roots: Roots) -> Roots {
    roots.feed::<change::Entity, Changes>(
        "changes",
        "The change feed: changes of records in the order of their commits, for clients that keep a copy. Send the `endCursor` of a page as `after` of the next request; an empty page repeats the cursor. A page examines at most 5,000 changes, so it may hold fewer than `first` changes, or none, while `hasNextPage` is true. `totalCount` counts those among the first 10,000 kept changes; `totalCountIsAtLeast` says whether there are more. Anonymous callers receive public changes; an API client needs the scope changes:read to receive more. A cursor older than the feed's retention is rejected with CURSOR_EXPIRED: read all data again (luồng thay đổi).",
        |op, id| Box::pin(feed::kept(op, id)),
        |op, id| Box::pin(feed::reach(op, id)),
        |op, id| Box::pin(feed::counted_before(op, id)),
    )
}

/// Conditions on data links.
#[derive(InputObject)]
struct FollowedLinks {
    /// Only these data links, by code; at most 200, all by default (kết nối).
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
        "Changes of records as they are committed, on any instance. Each change is delivered if the caller may read the record at that moment. `cursor` is the same as in the query `changes`; to resume without a gap, subscribe with the last one as `after` (luồng thay đổi trực tiếp).",
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
        "A data link whose health has changed: UP, DEGRADED, DOWN or UNKNOWN, as measured by checks. Several changes before a delivery are delivered as one (tình trạng kết nối thay đổi).",
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
