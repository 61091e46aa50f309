//! What resolvers return: rows *still to be read*. And the root type, declared like any other.
//!
//! async-graphql parses, validates, introspects, runs mutations and subscriptions; where one of these stands, the selection
//! below it is planned, fetched and written here, and handed over as raw JSON.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ID, InputObject, Name, ObjectType, OutputType, PathSegment, Pos,
    Positioned, QueryPathNode, QueryPathSegment, ServerError, ServerResult, Value,
    context::QueryEnv,
    indexmap::IndexMap,
    parser::types::Field,
    registry::{MetaField, Registry},
};
use async_graphql_value::RAW_VALUE_TOKEN;
use sea_orm::{QueryTrait, Select, sea_query::SelectStatement};

use super::{
    GlobalId,
    collect::{Document, Sets},
    declare::{
        Args, Given, Inputs, Link, Made, NODE, NodeRef, Noun, Object, PageGiven, Parse, Ref, Shape, inputs,
        page_inputs, parse, parse_page,
    },
    fetch::{self, Set},
    plan::{Level, Planner},
    schema,
    write::{self, Window, Writer},
};
use crate::kernel::{
    db,
    error::{Broken, Error, Refusal, Result},
    locale::Message,
    op::Op,
    page::{Listing, MOST, Order},
};

/// The place in the response where an answer stands.
struct Place<'a> {
    planner: Planner<'a>,
    sets: Sets<'a>,
    path: Vec<PathSegment>,
    pos: Pos,
}

impl<'a> Place<'a> {
    /// `None` where an earlier field of the same response key answers for this one too.
    fn find(
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
        Ok((pos == field.pos).then(|| Place { planner: Planner { document, op }, sets, path, pos }))
    }
    fn error(&self, error: &Error) -> ServerError {
        write::server_error(error, self.pos, self.path.clone())
    }
    fn writer(&self, capacity: usize) -> Writer {
        Writer::new(self.path.clone(), capacity)
    }
    /// At most one row.
    async fn one(&self, object: &'static Object, query: SelectStatement) -> Result<Option<Writer>> {
        let mut level = Level::new(object);
        let slots = self.planner.object(object, &self.sets, &mut level);
        let rows = fetch::level(self.planner.op, &level, query).await?;
        if rows.set.len() == 0 {
            return Ok(None);
        }
        let mut writer = self.writer(512);
        if writer.object(&slots, &rows, &level, 0, None).is_err() {
            writer.null_from(0);
        }
        Ok(Some(writer))
    }
    /// At most one computed value.
    async fn made(&self, object: &'static Object, value: Option<Made>) -> Result<Option<Writer>> {
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
    /// All rows of a statement.
    async fn list(&self, object: &'static Object, mut query: SelectStatement, order: &Order) -> Result<Writer> {
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
    /// A page of a statement's rows.
    async fn page(&self, object: &'static Object, given: &PageGiven, query: SelectStatement) -> Result<Writer> {
        let mut level = Level::new(object);
        let (slots, spec) = self.planner.page(object, given, &self.sets, &mut level)?;
        let kids = fetch::page(self.planner.op, &level, &spec, query).await?;
        let mut writer = self.writer(4096);
        let window = Window { kids: &kids, level: &level, spec: &spec, parent: 0 };
        if writer.connection(&slots, window, None).is_err() {
            writer.null_from(0);
        }
        Ok(writer)
    }
    /// Rows of any of several types. What does not exist, or may not be seen, is null.
    async fn nodes(&self, members: &'static [Ref], refs: Vec<Option<NodeRef>>, single: bool) -> Result<Writer> {
        fn referred(value: &Made) -> Option<NodeRef> {
            value.downcast_ref::<Option<NodeRef>>().cloned().flatten()
        }
        // A level of references; each type that any of them may lead to is a level below it.
        let nowhere = members.first().map(|member| member()).ok_or_else(|| Broken::new("no type has a global id"))?;
        let mut level = Level { object: nowhere, cols: vec![], joins: vec![], children: vec![] };
        let branches = self.planner.branches(members, &referred, &self.sets, &mut level);
        let values = refs.iter().map(|r| Arc::new(r.clone()) as Made).collect();
        let rows = fetch::below(self.planner.op, &level, Set::Made(values)).await?;
        let mut writer = self.writer(512);
        if !single {
            write::nodes(&mut writer, &refs, &branches, &rows, &level)?;
        } else if !writer.any(&branches, &rows, &level, 0, None)? {
            writer.null_from(0);
        }
        Ok(writer)
    }
    fn finish(&self, env: &QueryEnv, null: bool, answer: Result<Option<Writer>>) -> ServerResult<Value> {
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

/// At most one row of a noun, still to be read: what the payload of a mutation holds.
pub struct One<E: Noun>(pub Select<E>);

impl<E: Noun> OutputType for One<E> {
    fn type_name() -> Cow<'static, str> {
        E::NAME.into()
    }
    fn qualified_type_name() -> String {
        E::NAME.to_owned()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        schema::registered::<E>(registry)
    }
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(place) = Place::find(ctx.data_opt::<Op>(), ctx.query_env, ctx.path_node, field)? else {
            return Ok(Value::Null);
        };
        let mut query = self.0.clone().into_query();
        query.clear_selects();
        place.finish(ctx.query_env, true, place.one(E::object(), query).await)
    }
}

enum Root {
    One(Ref, Box<dyn Fn(&Op, &Given) -> Result<SelectStatement> + Send + Sync>),
    List(Ref, Order, Box<dyn Fn(&Op, &Given) -> Result<SelectStatement> + Send + Sync>),
    Page(Ref),
    Made(Ref, fn(&Op) -> Result<Made>),
    Node(&'static [Ref]),
    Nodes(&'static [Ref]),
}

struct RootField {
    doc: &'static str,
    null: bool,
    ty: Box<dyn Fn(&mut Registry) -> String + Send + Sync>,
    args: Vec<Inputs>,
    parse: Parse,
    root: Root,
}

/// The fields of the root type, under way.
#[derive(Default)]
pub struct Roots {
    fields: IndexMap<&'static str, RootField>,
    faults: Vec<String>,
}

fn chosen<A: Args, T: Noun>(
    choose: fn(&Op, &A) -> Select<T>,
) -> Box<dyn Fn(&Op, &Given) -> Result<SelectStatement> + Send + Sync> {
    Box::new(move |op, given| {
        let args = given.downcast_ref::<A>().ok_or_else(|| Broken::new("arguments of another field"))?;
        let mut query = choose(op, args).into_query();
        query.clear_selects();
        Ok(query)
    })
}

impl Roots {
    fn add(mut self, name: &'static str, field: RootField) -> Self {
        if self.fields.insert(name, field).is_some() {
            self.faults.push(format!("Query.{name} is declared twice"));
        }
        self
    }
    /// At most one row.
    pub fn one<T: Noun, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        choose: fn(&Op, &A) -> Select<T>,
    ) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: true,
                ty: Box::new(schema::registered::<T>),
                args: vec![inputs::<A>],
                parse: parse::<A>(),
                root: Root::One(T::object, chosen(choose)),
            },
        )
    }
    /// All of a few rows, in an order.
    pub fn list<T: Noun, A: Args>(
        self,
        name: &'static str,
        doc: &'static str,
        order: Order,
        choose: fn(&Op, &A) -> Select<T>,
    ) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: false,
                ty: Box::new(|r| format!("[{}!]", schema::registered::<T>(r))),
                args: vec![inputs::<A>],
                parse: parse::<A>(),
                root: Root::List(T::object, order, chosen(choose)),
            },
        )
    }
    /// A page of what the caller may see.
    pub fn page<T: Noun, A: Listing>(self, name: &'static str, doc: &'static str) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: false,
                ty: Box::new(schema::connection::<T>),
                args: page_inputs::<A>(),
                parse: parse_page::<A>(None::<fn(&A) -> Link>),
                root: Root::Page(T::object),
            },
        )
    }
    /// A computed value.
    pub fn made<S: Shape>(self, name: &'static str, doc: &'static str, make: fn(&Op) -> Result<Made>) -> Self {
        self.add(
            name,
            RootField {
                doc,
                null: false,
                ty: Box::new(|r| schema::register(S::object(), r)),
                args: vec![],
                parse: parse::<super::NoArgs>(),
                root: Root::Made(S::object, make),
            },
        )
    }
    /// `node` and `nodes`: whatever has a global id.
    pub fn nodes(self, members: &'static [Ref]) -> Self {
        let ty = move |registry: &mut Registry| {
            for member in members {
                schema::register(member(), registry);
            }
            schema::interface(&NODE, registry)
        };
        self.add("node", RootField {
            doc: "Anything by its global id; null when there is no such record or the caller may not see it (tra theo định danh).",
            null: true,
            ty: Box::new(ty),
            args: vec![inputs::<NodeArgs>],
            parse: parse::<NodeArgs>(),
            root: Root::Node(members),
        })
        .add("nodes", RootField {
            doc: "Several of them, at most 200, in the order of their ids (tra theo nhiều định danh).",
            null: false,
            ty: Box::new(move |r| format!("[{}]", ty(r))),
            args: vec![inputs::<NodesArgs>],
            parse: parse::<NodesArgs>(),
            root: Root::Nodes(members),
        })
    }
}

#[derive(InputObject)]
struct NodeArgs {
    /// The global id.
    id: ID,
}

impl Args for NodeArgs {}

#[derive(InputObject)]
struct NodesArgs {
    /// The global ids, at most 200.
    ids: Vec<ID>,
}

impl Args for NodesArgs {
    fn settle(&mut self, _: &Op) -> std::result::Result<(), Refusal> {
        let most = usize::try_from(MOST).unwrap_or_default();
        if self.ids.len() > most {
            return Err(Refusal::field(
                "ids",
                "OUT_OF_RANGE",
                Message::new(format!("`ids` có nhiều nhất {MOST} mục."), format!("`ids` has at most {MOST} items.")),
            ));
        }
        Ok(())
    }
}

fn referred(id: &ID) -> Option<NodeRef> {
    GlobalId::decode(id).map(|found| NodeRef { of: found.of.into(), id: found.id })
}

/// A root type: the list of its fields.
pub trait RootType: Any + Send + Sync {
    /// Its name in the schema.
    const NAME: &'static str;
    /// Its description.
    const DOC: &'static str;
    /// Its fields.
    fn declare(roots: Roots) -> Roots;
}

/// The root type as async-graphql takes it.
pub struct Rooted<Q>(PhantomData<Q>);

impl<Q: RootType> Rooted<Q> {
    /// The root.
    pub fn new() -> Self {
        Rooted(PhantomData)
    }
    fn roots() -> &'static Roots {
        static ALL: OnceLock<Mutex<HashMap<TypeId, &'static Roots>>> = OnceLock::new();
        let mut all = ALL.get_or_init(Default::default).lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(TypeId::of::<Q>()).or_insert_with(|| Box::leak(Box::new(Q::declare(Roots::default()))))
    }
    /// What is wrong with the declaration, if anything.
    ///
    /// # Errors
    /// All faults at once.
    pub fn check() -> Result<()> {
        let faults = &Self::roots().faults;
        if faults.is_empty() { Ok(()) } else { Err(Broken::new(faults.join("; ")).into()) }
    }
    /// Its fields, with their descriptions.
    pub fn field_names() -> Vec<&'static str> {
        Self::roots().fields.keys().copied().collect()
    }
}

impl<Q: RootType> Default for Rooted<Q> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Q: RootType> OutputType for Rooted<Q> {
    fn type_name() -> Cow<'static, str> {
        Q::NAME.into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        if !registry.types.contains_key(Q::NAME) {
            schema::object(registry, Q::NAME, Q::DOC, vec![]);
            let field = |(name, root): (&&str, &RootField), registry: &mut Registry| -> MetaField {
                let mut ty = (root.ty)(registry);
                if !root.null {
                    ty.push('!');
                }
                let mut field = schema::field(name, root.doc, ty);
                for inputs in &root.args {
                    field.args.extend(inputs(registry));
                }
                field
            };
            let fields = Self::roots().fields.iter().map(|f| field(f, registry)).collect();
            schema::object(registry, Q::NAME, Q::DOC, fields);
        }
        format!("{}!", Q::NAME)
    }
    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        async_graphql::resolver_utils::resolve_container(ctx, self).await
    }
}

impl<Q: RootType> ContainerType for Rooted<Q> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let field = ctx.item;
        let Some(root) = Self::roots().fields.get(field.node.name.node.as_str()) else {
            return Ok(None);
        };
        let Some(place) = Place::find(ctx.data_opt::<Op>(), ctx.query_env, ctx.path_node, field)? else {
            return Ok(Some(Value::Null));
        };
        let answer = async {
            let op = place.planner.op;
            let given = (root.parse)(place.planner.document.arguments(&field.node), op)?;
            let wrong = || Broken::new("arguments of another field");
            match &root.root {
                Root::One(to, choose) => place.one(to(), choose(op, &given)?).await,
                Root::List(to, order, choose) => place.list(to(), choose(op, &given)?, order).await.map(Some),
                Root::Page(to) => {
                    let given = given.downcast_ref::<PageGiven>().ok_or_else(wrong)?;
                    place.page(to(), given, (to().visible)(op)).await.map(Some)
                }
                Root::Made(to, make) => place.made(to(), Some(make(op)?)).await,
                Root::Node(members) => {
                    let args = given.downcast_ref::<NodeArgs>().ok_or_else(wrong)?;
                    place.nodes(members, vec![referred(&args.id)], true).await.map(Some)
                }
                Root::Nodes(members) => {
                    let args = given.downcast_ref::<NodesArgs>().ok_or_else(wrong)?;
                    place.nodes(members, args.ids.iter().map(referred).collect(), false).await.map(Some)
                }
            }
        };
        let answer = answer.await;
        place.finish(ctx.query_env, root.null, answer).map(Some)
    }
}

impl<Q: RootType> ObjectType for Rooted<Q> {}
