//! Keyset pagination, once for every list: where a page begins and ends, in which order, and what a cursor is.
//!
//! An order is a list of columns and the key, which makes it total. NULLs come last, whichever way the order runs. A cursor
//! carries its list, its order and the row's values in it; another list or order refuses it.

use async_graphql::InputObject;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, QueryResult, Value,
    sea_query::{Expr, ExprTrait, NullOrdering, SelectStatement},
};
use serde_json::Value as Json;

use super::{
    db::Sort,
    error::{Refusal, Result},
    locale::Message,
    object::{Col, Key, KeyKind},
    op::Op,
    scalar::{self, Cursor},
};

/// The most rows of one page.
pub const MOST: i32 = 200;
/// The rows of a page that does not say how many.
pub const DEFAULT: i32 = 20;

/// The arguments that every list has.
#[derive(InputObject, Clone, Debug, Default)]
pub struct PageArgs {
    /// How many rows from the start, 1 to 200; 20 when neither `first` nor `last` is given (số dòng đầu).
    pub first: Option<i32>,
    /// Only rows after this cursor (sau con trỏ).
    pub after: Option<Cursor>,
    /// How many rows from the end, 1 to 200 (số dòng cuối).
    pub last: Option<i32>,
    /// Only rows before this cursor (trước con trỏ).
    pub before: Option<Cursor>,
}

/// The rows of a page of a feed that does not say how many.
pub const FOLLOWED: i32 = 100;

/// The arguments of a feed: a list that grows at its end, and is read from where one has read it to.
#[derive(InputObject, Clone, Debug, Default)]
pub struct FeedArgs {
    /// Only what came after this cursor; from the beginning without one (sau con trỏ).
    pub after: Option<Cursor>,
    /// How many rows, 1 to 200 (số dòng).
    #[graphql(default_with = "Some(FOLLOWED)")]
    pub first: Option<i32>,
}

/// How many rows are asked for.
///
/// # Errors
/// BAD_USER_INPUT for a count outside 1 to 200, naming the argument.
pub fn count(name: &str, count: i32) -> std::result::Result<u64, Refusal> {
    u64::try_from(count).ok().filter(|_| (1..=MOST).contains(&count)).ok_or_else(|| {
        Refusal::field(
            name,
            "OUT_OF_RANGE",
            Message::new(
                format!("`{name}` phải từ 1 đến {MOST}, không phải {count}."),
                format!("`{name}` must be between 1 and {MOST}, not {count}."),
            ),
        )
    })
}

/// What a column of an order holds, and so how a cursor writes it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// A double.
    Float,
    /// A day.
    Date,
    /// An instant.
    Instant,
}

impl Sorted {
    fn read(self, row: &QueryResult, at: usize) -> Result<Json> {
        Ok(match self {
            Sorted::Text => row.try_get_by_index::<Option<String>>(at)?.into(),
            Sorted::Int => row.try_get_by_index::<Option<i32>>(at)?.into(),
            // As a text, which is read back to the last bit; serde_json's numbers are not.
            Sorted::Float => row.try_get_by_index::<Option<f64>>(at)?.map(|f| f.to_string()).into(),
            Sorted::Date => row.try_get_by_index::<Option<NaiveDate>>(at)?.map(|d| d.to_string()).into(),
            Sorted::Instant => {
                row.try_get_by_index::<Option<chrono::DateTime<chrono::Utc>>>(at)?.map(|d| d.timestamp_micros()).into()
            }
        })
    }
    /// The value as the database takes it; `None` where the cursor holds something else than such a value.
    fn bind(self, json: &Json) -> Option<Value> {
        Some(match self {
            Sorted::Text => stored(json)?.into(),
            Sorted::Int => i32::try_from(json.as_i64()?).ok()?.into(),
            Sorted::Float => json.as_str()?.parse::<f64>().ok().filter(|f| f.is_finite())?.into(),
            Sorted::Date => scalar::day(json.as_str()?)?.into(),
            Sorted::Instant => {
                let at = chrono::DateTime::from_timestamp_micros(json.as_i64()?)?;
                Some(at).filter(|at| scalar::in_reach(at.date_naive()))?.into()
            }
        })
    }
}

/// A text as a database can hold it: PostgreSQL knows no NUL.
fn stored(json: &Json) -> Option<&str> {
    json.as_str().filter(|text| !text.contains('\0'))
}

/// One column of an order.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// The column.
    pub col: Col,
    /// What it holds.
    pub holds: Sorted,
    /// Downwards.
    pub descending: bool,
    /// Whether the column may be NULL in its table.
    pub null: bool,
}

impl By {
    /// Upwards by a column.
    pub fn asc(col: impl ColumnTrait, holds: Sorted) -> Self {
        By { col: Col::of(col), holds, descending: false, null: col.def().is_null() }
    }
    /// Downwards by a column.
    pub fn desc(col: impl ColumnTrait, holds: Sorted) -> Self {
        By { descending: true, ..By::asc(col, holds) }
    }
    /// Whether it may be NULL in rows with a key: those of another table are joined, and may be missing.
    fn may_be_null(&self, key: Col) -> bool {
        self.null || self.col.table != key.table
    }
}

/// A total order of one list: some columns, then the key. The name goes into cursors.
#[derive(Clone, Debug)]
pub struct Order {
    /// Names the order, with its directions, among those of its list.
    pub name: String,
    /// The columns, first the one that matters most.
    pub by: Vec<By>,
    /// Whether the key runs downwards too.
    pub key_descending: bool,
}

impl Order {
    /// By the key alone: the order in which rows were recorded.
    pub fn by_key() -> Self {
        Order { name: String::new(), by: vec![], key_descending: false }
    }
    /// By one column, then by the key in the same direction.
    pub fn by(name: &str, by: By) -> Self {
        let arrow = if by.descending { "-" } else { "+" };
        Order { name: format!("{arrow}{name}"), key_descending: by.descending, by: vec![by] }
    }
    /// The same, and where rows are equal so far, by a further column.
    pub fn then(mut self, by: By) -> Self {
        self.by.push(by);
        self
    }
    /// How the rows are put in this order.
    pub fn sorting(&self, key: Col) -> Vec<Sort> {
        let column = |by: &By| Sort {
            col: by.col,
            descending: by.descending,
            nulls: by.may_be_null(key).then_some(NullOrdering::Last),
        };
        let last = Sort { col: key, descending: self.key_descending, nulls: None };
        self.by.iter().map(column).chain([last]).collect()
    }
}

/// A page that was asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    /// How many rows.
    pub limit: u64,
    /// Counted from the end.
    pub backward: bool,
    after: Option<Cursor>,
    before: Option<Cursor>,
}

impl Paging {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// BAD_USER_INPUT for a count outside 1 to 200, or both counts at once; naming the argument.
    pub fn parse(args: PageArgs) -> std::result::Result<Self, Refusal> {
        let (limit, backward) = match (args.first, args.last) {
            (Some(_), Some(_)) => {
                return Err(Refusal::field(
                    "last",
                    "FIRST_AND_LAST",
                    Message::new(
                        "Chỉ dùng `first` hoặc `last`, không dùng cả hai.",
                        "Give either `first` or `last`, not both.",
                    ),
                ));
            }
            (None, Some(last)) => (count("last", last)?, true),
            (first, None) => (count("first", first.unwrap_or(DEFAULT))?, false),
        };
        Ok(Paging { limit, backward, after: args.after, before: args.before })
    }
    /// What the arguments of a feed ask for.
    ///
    /// # Errors
    /// BAD_USER_INPUT for a count outside 1 to 200.
    pub fn of_feed(args: FeedArgs) -> std::result::Result<Self, Refusal> {
        let limit = count("first", args.first.unwrap_or(FOLLOWED))?;
        Ok(Paging { limit, backward: false, after: args.after, before: None })
    }
    /// Where the page begins, as the caller said it.
    pub fn after(&self) -> Option<&Cursor> {
        self.after.as_ref()
    }
    /// The key of the row after which the page begins, of a list in the order of its keys.
    ///
    /// # Errors
    /// BAD_USER_INPUT for what is no cursor of this list.
    pub fn after_key(&self, list: &str) -> std::result::Result<Option<i64>, Refusal> {
        let key = |cursor: &Cursor| match open(cursor, list, &Order::by_key(), KeyKind::Int)?.key {
            Value::BigInt(key) => key,
            _ => None,
        };
        self.after.as_ref().map(|cursor| key(cursor).ok_or_else(|| foreign("after"))).transpose()
    }
    /// Whether rows are known to lie before the page because the caller came from there.
    pub fn starts_after(&self) -> bool {
        self.after.is_some()
    }
    /// Whether rows are known to lie after the page because the caller came from there.
    pub fn ends_before(&self) -> bool {
        self.before.is_some()
    }
    /// The rows between the cursors.
    ///
    /// # Errors
    /// BAD_USER_INPUT for what is no cursor of this list in this order.
    pub fn between(
        &self,
        list: &str,
        order: &Order,
        key: Col,
        kind: KeyKind,
    ) -> std::result::Result<Condition, Refusal> {
        let mut condition = Condition::all();
        for (name, cursor, forward) in [("after", &self.after, true), ("before", &self.before, false)] {
            if let Some(cursor) = cursor {
                let beyond = open(cursor, list, order, kind).and_then(|place| beyond(&place, order, key, forward));
                condition = condition.add(beyond.ok_or_else(|| foreign(name))?);
            }
        }
        Ok(condition)
    }
    /// How the rows are put in order: last first where the page is counted from the end.
    pub fn sorting(&self, order: &Order, key: Col) -> Vec<Sort> {
        let turned =
            |s: Sort| Sort { descending: !s.descending, nulls: s.nulls.map(|_| NullOrdering::First), col: s.col };
        order.sorting(key).into_iter().map(|s| if self.backward { turned(s) } else { s }).collect()
    }
}

fn foreign(name: &'static str) -> Refusal {
    Refusal::field(
        name,
        "FOREIGN_CURSOR",
        Message::new(
            format!("`{name}` không phải con trỏ của danh sách này với thứ tự này."),
            format!("`{name}` is not a cursor of this list in this order."),
        ),
    )
}

/// The place of a row in a list that is in the order of its keys.
pub fn cursor_by_key(list: &str, key: i64) -> Cursor {
    Cursor(written(&[list.into(), "".into(), key.into()]))
}

fn written(place: &[Json]) -> String {
    URL_SAFE_NO_PAD.encode(Json::from(place).to_string())
}

/// Writes down a row's place: the list, the order, its values in the order, its key.
pub fn cursor(list: &str, order: &Order, row: &QueryResult, at: &[usize], key: &Key) -> Result<String> {
    let mut place = vec![Json::from(list), Json::from(order.name.as_str())];
    for (by, at) in order.by.iter().zip(at) {
        place.push(by.holds.read(row, *at)?);
    }
    place.push(match key {
        Key::Int(id) => Json::from(*id),
        Key::Text(text) => Json::from(text.as_str()),
    });
    Ok(written(&place))
}

struct Place {
    /// `None` is NULL.
    values: Vec<Option<Value>>,
    key: Value,
}

fn open(cursor: &Cursor, list: &str, order: &Order, kind: KeyKind) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(&cursor.0).ok()?;
    let place: Vec<Json> = serde_json::from_slice(&bytes).ok()?;
    let [of, name, values @ .., key] = place.as_slice() else {
        return None;
    };
    if of != list || *name != order.name || values.len() != order.by.len() {
        return None;
    }
    let values = order
        .by
        .iter()
        .zip(values)
        .map(|(by, json)| if json.is_null() { Some(None) } else { by.holds.bind(json).map(Some) })
        .collect::<Option<Vec<_>>>()?;
    let key = match kind {
        KeyKind::Int => key.as_i64()?.into(),
        KeyKind::Text => stored(key)?.into(),
    };
    Some(Place { values, key })
}

/// The rows beyond a place: those that differ first in the n-th column, for each n. NULLs lie beyond everything else.
fn beyond(place: &Place, order: &Order, key: Col, forward: bool) -> Option<Condition> {
    let one_way = order.by.iter().all(|by| !by.may_be_null(key) && by.descending == order.key_descending);
    if one_way && let Some(values) = place.values.iter().cloned().collect::<Option<Vec<_>>>() {
        // Compared as a whole, the place is where an index that has the order is entered.
        let columns = Expr::tuple(order.by.iter().map(|by| by.col).chain([key]).map(|col| Expr::col(col.column())));
        let place = Expr::tuple(values.into_iter().chain([place.key.clone()]).map(Expr::val));
        let past = if order.key_descending != forward { columns.gt(place) } else { columns.lt(place) };
        return Some(past.into());
    }
    let mut any = Condition::any();
    let mut same = Condition::all();
    for (by, value) in order.by.iter().zip(&place.values) {
        let col = || Expr::col(by.col.column());
        let further = match value {
            Some(value) => {
                let upwards = by.descending != forward;
                let past = if upwards { col().gt(value.clone()) } else { col().lt(value.clone()) };
                if forward { Condition::any().add(past).add(col().is_null()) } else { past.into() }
            }
            None if forward => Condition::all().add(Expr::val(false)),
            None => col().is_not_null().into(),
        };
        any = any.add(Condition::all().add(same.clone()).add(further));
        same = same.add(match value {
            Some(value) => col().eq(value.clone()),
            None => col().is_null(),
        });
    }
    let key_col = Expr::col(key.column());
    let past =
        if order.key_descending != forward { key_col.gt(place.key.clone()) } else { key_col.lt(place.key.clone()) };
    Some(any.add(same.add(past)))
}

/// The parts of a list that a page is put together of: those rows of which some columns hold some keys. The first rows of each part
/// are looked up by an index that has the part in its order. Otherwise a database may go through the whole table in the order, to find
/// few rows that are far from its beginning, or none.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The keys of each part, as `k0`, `k1`, …
    pub keys: SelectStatement,
    /// The columns that hold them.
    pub columns: Vec<Col>,
    /// Which rows of the parts.
    pub condition: Condition,
}

/// How a list is narrowed and ordered: the arguments of one connection.
pub trait Listing: super::object::Args {
    /// Which rows.
    fn condition(&self, op: &Op) -> Condition {
        let _ = op;
        Condition::all()
    }
    /// The parts that the condition chooses, where these are few.
    fn parts(&self, op: &Op) -> Option<Parts> {
        let _ = op;
        None
    }
    /// In which order.
    fn order(&self) -> Order {
        Order::by_key()
    }
}
