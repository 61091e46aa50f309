//! What resolvers return: rows *still to be read*.
//!
//! async-graphql parses, validates, introspects, runs mutations and subscriptions; where one of these stands, the selection
//! below it is planned, fetched and written here, and handed over as raw JSON.

use std::{
    borrow::Cow,
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, PoisonError},
};

use async_graphql::{
    ContextSelectionSet, Name, OutputType, PathSegment, Pos, Positioned, QueryPathNode, QueryPathSegment, ServerError,
    ServerResult, Value, context::QueryEnv, indexmap::IndexMap, parser::types::Field, registry::Registry,
};
use async_graphql_value::RAW_VALUE_TOKEN;
use sea_orm::{
    Condition, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, SelectStatement},
};

use super::{
    Key,
    collect::{Document, Sets},
    declare::{Made, NodeRef, Object, PageGiven, Reach, Ref, noun::Noun, shape::Shape},
    fetch::{self, Set},
    keys::KeysAt,
    plan::{Level, Planner},
    schema,
    write::{self, Window, Writer},
};
use crate::kernel::{
    db,
    error::{Broken, Error, Result},
    op::Op,
    page::{self, Order},
};

/// The place in the response where an answer stands.
pub(super) struct Place<'a> {
    pub planner: Planner<'a>,
    sets: Sets<'a>,
    path: Vec<PathSegment>,
    pos: Pos,
}

impl<'a> Place<'a> {
    /// `None` where an earlier field of the same response key answers for this one too.
    pub(super) fn find(
        op: Option<&'a Op>,
        env: &'a QueryEnv,
        node: Option<QueryPathNode<'_>>,
        field: &Positioned<Field>,
    ) -> ServerResult<Option<Self>> {
        let (mut keys, mut path) = (vec![], vec![]);
        let mut at = node.as_ref();
        while let Some(step) = at {
            match step.segment {
                QueryPathSegment::Name(key) => {
                    keys.push(key);
                    path.push(PathSegment::Field(key.to_owned()));
                }
                QueryPathSegment::Index(index) => path.push(PathSegment::Index(index)),
            }
            at = step.parent;
        }
        keys.reverse();
        path.reverse();
        let Some(op) = op else {
            let error = Broken::new("a request without an operation").into();
            return Err(write::server_error(&error, field.pos, path));
        };
        let document = Document::new(env);
        let (sets, pos) = document.at(&keys);
        // Not the place in the document: a fragment that is spread twice has its fields twice at one place.
        let first = op.answers_first(&format!("{path:?}"));
        Ok(first.then_some(Place { planner: Planner { document, op }, sets, path, pos }))
    }
    fn error(&self, error: &Error) -> ServerError {
        write::server_error(error, self.pos, self.path.clone())
    }
    fn writer(&self, capacity: usize) -> Writer {
        Writer::new(self.path.clone(), self.pos, self.planner.op.objects_left(), capacity)
    }
    /// At most one row.
    pub(super) async fn one(&self, object: &'static Object, query: SelectStatement) -> Result<Option<Writer>> {
        let mut level = Level::new(object);
        let slots = self.planner.object(object, &self.sets, &mut level);
        let rows = fetch::level(self.planner.op, &level, query).await?;
        if rows.set.is_empty() {
            return Ok(None);
        }
        let mut writer = self.writer(512);
        if writer.object(&slots, &rows, &level, 0, None).is_err() {
            writer.null_from(0);
        }
        Ok(Some(writer))
    }
    /// The rows with these keys, one by one; none where there is none.
    pub(super) async fn each(
        &self,
        object: &'static Object,
        query: SelectStatement,
        keys: &[Key],
    ) -> Result<Vec<Option<Writer>>> {
        let mut level = Level::new(object);
        let slots = self.planner.object(object, &self.sets, &mut level);
        let rows = fetch::level(self.planner.op, &level, query).await?;
        let Set::Rows(found) = &rows.set else { return Err(Broken::new("rows that are none").into()) };
        // The key is the first column of a level.
        let found = found.iter().map(|row| Key::read(row, 0, object.key_kind)).collect::<Result<Vec<_>>>()?;
        let at: HashMap<&Key, usize> =
            found.iter().enumerate().filter_map(|(n, key)| Some((key.as_ref()?, n))).collect();
        let write = |row: &usize| {
            let mut writer = self.writer(512);
            if writer.object(&slots, &rows, &level, *row, None).is_err() {
                writer.null_from(0);
            }
            writer
        };
        Ok(keys.iter().map(|key| at.get(key).map(write)).collect())
    }
    /// At most one computed value.
    pub(super) async fn made(&self, object: &'static Object, value: Option<Made>) -> Result<Option<Writer>> {
        let Some(value) = value else { return Ok(None) };
        let mut level = Level::new(object);
        let slots = self.planner.object(object, &self.sets, &mut level);
        let rows = fetch::below(self.planner.op, &level, Set::Made(vec![value])).await?;
        let mut writer = self.writer(512);
        if writer.object(&slots, &rows, &level, 0, None).is_err() {
            writer.null_from(0);
        }
        Ok(Some(writer))
    }
    /// A list of computed values.
    pub(super) async fn made_list(&self, object: &'static Object, values: Vec<Made>) -> Result<Writer> {
        let mut level = Level::new(object);
        let slots = self.planner.object(object, &self.sets, &mut level);
        let rows = fetch::below(self.planner.op, &level, Set::Made(values)).await?;
        let mut writer = self.writer(4096);
        if writer.rows(&slots, &rows, &level).is_err() {
            writer.null_from(0);
        }
        Ok(writer)
    }
    /// All rows of a statement.
    pub(super) async fn list(
        &self,
        object: &'static Object,
        mut query: SelectStatement,
        order: &Order,
    ) -> Result<Writer> {
        let mut level = Level::new(object);
        let slots = self.planner.object(object, &self.sets, &mut level);
        db::sort(&mut query, &order.sorting(object.key));
        let rows = fetch::level(self.planner.op, &level, query).await?;
        let mut writer = self.writer(4096);
        if writer.rows(&slots, &rows, &level).is_err() {
            writer.null_from(0);
        }
        Ok(writer)
    }
    /// A page of a statement's rows, which ends before the row with the key `until`. They are counted before the key that
    /// `counts` finds, if it finds one.
    pub(super) async fn page(
        &self,
        object: &'static Object,
        given: &PageGiven,
        query: SelectStatement,
        until: Option<i64>,
        counts: Option<Reach>,
    ) -> Result<Writer> {
        let mut level = Level::new(object);
        let (slots, mut spec) = self.planner.page(object, given, &self.sets, &mut level)?;
        if let Some(until) = until {
            let before = Expr::col(object.key.column()).lt(until);
            spec.between = Condition::all().add(spec.between).add(before);
            spec.until = Some(page::cursor_by_key(object.name, until - 1));
        }
        if let Some(counts) = counts.filter(|_| spec.total) {
            spec.counted_before = counts(self.planner.op, 0).await?;
        }
        let kids = fetch::page(self.planner.op, &level, &spec, query).await?;
        let mut writer = self.writer(4096);
        let window = Window { kids: &kids, level: &level, spec: &spec, parent: 0 };
        if writer.connection(&slots, window, None).is_err() {
            writer.null_from(0);
        }
        Ok(writer)
    }
    /// Rows of any of several types. What does not exist, or may not be seen, is null.
    pub(super) async fn nodes(
        &self,
        members: &'static [Ref],
        refs: Vec<Option<NodeRef>>,
        single: bool,
    ) -> Result<Writer> {
        fn referred(value: &Made) -> Option<NodeRef> {
            value.downcast_ref::<Option<NodeRef>>().cloned().flatten()
        }
        // A level of references; each type that any of them may lead to is a level below it.
        let nowhere = members.first().map(|member| member()).ok_or_else(|| Broken::new("no type has a global id"))?;
        let mut level = Level { cols: vec![], ..Level::new(nowhere) };
        let branches = self.planner.branches(members, &|of| KeysAt::Any(of, &referred), &self.sets, &mut level);
        let values = refs.iter().map(|r| Arc::new(r.clone()) as Made).collect();
        let rows = fetch::below(self.planner.op, &level, Set::Made(values)).await?;
        let mut writer = self.writer(512);
        if !single {
            write::nodes(&mut writer, &refs, &branches, &rows, &level)?;
        } else if !matches!(writer.any(&branches, &rows, &level, 0, None)?, Some(Ok(()))) {
            writer.null_from(0);
        }
        Ok(writer)
    }
    pub(super) fn finish(&self, env: &QueryEnv, null: bool, answer: Result<Option<Writer>>) -> ServerResult<Value> {
        let written = answer.as_ref().ok().and_then(Option::as_ref);
        // The field itself is one, whatever it is answered with.
        let values = 1 + written.map_or(0, |writer| writer.values);
        self.planner.op.note_answered(values, written.map_or(0, |writer| writer.rows));
        let writer = match answer {
            Ok(Some(writer)) => writer,
            Ok(None) if null => return Ok(Value::Null),
            Ok(None) => return Err(self.error(&Broken::new("an answer that cannot be null is").into())),
            Err(error) if null => {
                env.errors.lock().unwrap_or_else(PoisonError::into_inner).push(self.error(&error));
                return Ok(Value::Null);
            }
            Err(error) => return Err(self.error(&error)),
        };
        let mut errors = writer.errors;
        if writer.out == b"null" {
            if !null && let Some(first) = errors.pop() {
                env.errors.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
                return Err(first);
            }
            env.errors.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
            return Ok(Value::Null);
        }
        if !errors.is_empty() {
            env.errors.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
        }
        let json = String::from_utf8(writer.out).map_err(|e| self.error(&Broken::new(e).into()))?;
        let mut raw = IndexMap::with_capacity(1);
        raw.insert(Name::new(RAW_VALUE_TOKEN), Value::String(json));
        Ok(Value::Object(raw))
    }
}

/// One row of a noun, still to be read: what the payload of a mutation holds. `Option<One<…>>` may be null after an error.
pub struct One<E: Noun>(pub Select<E>);

impl<E: Noun> OutputType for One<E> {
    fn type_name() -> Cow<'static, str> {
        E::NAME.into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        format!("{}!", schema::registered::<E>(registry))
    }
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(place) = Place::find(ctx.data_opt::<Op>(), ctx.query_env, ctx.path_node, field)? else {
            return Ok(Value::Null);
        };
        let mut query = self.0.clone().into_query();
        query.clear_selects();
        place.finish(ctx.query_env, false, place.one(E::object(), query).await)
    }
}

/// A computed value: what the payload of a mutation holds.
pub struct OneMade<S: Shape>(Made, PhantomData<S>);

impl<S: Shape> OneMade<S> {
    /// This value.
    pub fn new(value: S) -> Self {
        OneMade(Arc::new(value), PhantomData)
    }
}

impl<S: Shape> OutputType for OneMade<S> {
    fn type_name() -> Cow<'static, str> {
        S::NAME.into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        format!("{}!", schema::register(S::object(), registry))
    }
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(place) = Place::find(ctx.data_opt::<Op>(), ctx.query_env, ctx.path_node, field)? else {
            return Ok(Value::Null);
        };
        place.finish(ctx.query_env, false, place.made(S::object(), Some(self.0.clone())).await)
    }
}
