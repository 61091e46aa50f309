//! The root of subscriptions: fields that answer again and again, each time something happens.
//!
//! An event is a row that is read when whoever asked for it takes it, as they may see it then. Nothing is read ahead for anybody:
//! who is slow reads later, and costs no memory.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::{HashMap, VecDeque},
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_graphql::{
    Context, Name, PathSegment, Response, SubscriptionType, Value,
    futures_util::stream::{self, Stream},
    indexmap::IndexMap,
    registry::Registry,
};
use sea_orm::{QueryFilter, QueryTrait, sea_query::SelectStatement};
use tokio::sync::watch;

use super::{
    Key,
    answer::Place,
    collect::Document,
    declare::{
        Given, Inputs, Loading, Parse, Ref,
        args::{Args, inputs, parse},
        noun::Noun,
        project::given,
    },
    schema, write,
};
use crate::kernel::{
    error::{Broken, Error, Result},
    op::Op,
};

/// An operation that lasts: for each of its events another one, by who asks, as they are then.
#[derive(Clone)]
pub struct Lasting(Arc<dyn Fn() -> Loading<'static, Op> + Send + Sync>);

impl Lasting {
    /// One that is renewed like this.
    pub fn new(renew: impl Fn() -> Loading<'static, Op> + Send + Sync + 'static) -> Self {
        Lasting(Arc::new(renew))
    }
    async fn renew(&self) -> Result<Op> {
        (self.0)().await
    }
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place among all that happens, from which one reads on.
    pub place: i64,
    /// The key of the row that is shown of it.
    pub key: i64,
}

/// Where the events of a field come from.
pub struct Source<A> {
    /// The place from which to read on, for whoever begins now.
    pub begin: for<'a> fn(&'a Op, &'a A) -> Loading<'a, i64>,
    /// The next events after a place that the caller is told of; none, where there are none yet.
    pub next: for<'a> fn(&'a Op, &'a A, i64) -> Loading<'a, Vec<Event>>,
}

type Begin = Box<dyn for<'a> Fn(&'a Op, &'a Given) -> Loading<'a, i64> + Send + Sync>;
type Next = Box<dyn for<'a> Fn(&'a Op, &'a Given, i64) -> Loading<'a, Vec<Event>> + Send + Sync>;

struct StreamField {
    doc: &'static str,
    args: Inputs,
    parse: Parse,
    to: Ref,
    begin: Begin,
    next: Next,
    row: fn(&Op, i64) -> SelectStatement,
}

/// The fields of the root of subscriptions, under way.
#[derive(Default)]
pub struct Streams {
    fields: IndexMap<&'static str, StreamField>,
    faults: Vec<String>,
}

fn row<T: Noun>(op: &Op, key: i64) -> SelectStatement {
    let mut query = T::visible(op).filter(op.among(T::object().key, [Key::Int(key)])).into_query();
    query.clear_selects();
    query
}

impl Streams {
    /// A row for each event; what the caller may not see when it is read is left out.
    pub fn rows<T: Noun, A: Args>(mut self, name: &'static str, doc: &'static str, source: Source<A>) -> Self {
        let Source { begin, next } = source;
        let field = StreamField {
            doc,
            args: inputs::<A>,
            parse: parse::<A>(),
            to: T::object,
            begin: Box::new(move |op, args| match given::<A>(args) {
                Ok(args) => begin(op, args),
                Err(e) => Box::pin(async move { Err(e) }),
            }),
            next: Box::new(move |op, args, place| match given::<A>(args) {
                Ok(args) => next(op, args, place),
                Err(e) => Box::pin(async move { Err(e) }),
            }),
            row: row::<T>,
        };
        if self.fields.insert(name, field).is_some() {
            self.faults.push(format!("Subscription.{name} is declared twice"));
        }
        self
    }
}

/// A root of subscriptions: the list of its fields.
pub trait StreamType: Any + Send + Sync {
    /// Its name in the schema.
    const NAME: &'static str;
    /// Its description.
    const DOC: &'static str;
    /// Its fields.
    fn declare(streams: Streams) -> Streams;
}

/// The root of subscriptions as async-graphql takes it.
pub struct Streamed<S>(PhantomData<S>);

impl<S: StreamType> Streamed<S> {
    /// The root.
    pub fn new() -> Self {
        Streamed(PhantomData)
    }
    fn streams() -> &'static Streams {
        static ALL: OnceLock<Mutex<HashMap<TypeId, &'static Streams>>> = OnceLock::new();
        let mut all = ALL.get_or_init(Default::default).lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(TypeId::of::<S>()).or_insert_with(|| Box::leak(Box::new(S::declare(Streams::default()))))
    }
    /// What is wrong with the declaration, if anything.
    ///
    /// # Errors
    /// All faults at once.
    pub fn check() -> Result<()> {
        let faults = &Self::streams().faults;
        if faults.is_empty() { Ok(()) } else { Err(Broken::new(faults.join("; ")).into()) }
    }
}

impl<S: StreamType> Default for Streamed<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// A field that is followed, under way.
struct Followed<'a> {
    ctx: &'a Context<'a>,
    field: &'static StreamField,
    lasting: Lasting,
    news: watch::Receiver<i64>,
    given: Given,
    place: i64,
    events: VecDeque<Event>,
}

impl<'a> Followed<'a> {
    async fn begin(ctx: &'a Context<'a>, field: &'static StreamField) -> Result<Self> {
        let missing = || Broken::new("a subscription without an operation that lasts");
        let lasting = ctx.data_opt::<Lasting>().cloned().ok_or_else(missing)?;
        let op = ctx.data_opt::<Op>().ok_or_else(missing)?;
        // Before it is known how far the feed goes, so that nothing comes in between.
        let news = op.app().news().listen();
        let document = Document::new(ctx.query_env);
        let given = (field.parse)(document.arguments(&ctx.item.node), op)?;
        let place = (field.begin)(op, &given).await?;
        Ok(Followed { ctx, field, lasting, news, given, place, events: VecDeque::new() })
    }
    /// The answer to the next event, as soon as there is one.
    async fn next(&mut self) -> Result<Response> {
        loop {
            if let Some(event) = self.events.pop_front() {
                let op = self.lasting.renew().await?;
                self.place = event.place;
                if let Some(response) = self.answer(&op, event.key).await? {
                    return Ok(response);
                }
                continue;
            }
            self.news.mark_unchanged();
            let op = self.lasting.renew().await?;
            self.events = (self.field.next)(&op, &self.given, self.place).await?.into();
            if self.events.is_empty() {
                self.news.changed().await.map_err(Broken::new)?;
            }
        }
    }
    async fn answer(&self, op: &Op, key: i64) -> Result<Option<Response>> {
        let (env, field) = (self.ctx.query_env, self.ctx.item);
        let place = Place::find(Some(op), env, self.ctx.path_node, field);
        let Some(place) = place.map_err(|error| Broken::new(error.message))? else { return Ok(None) };
        let answer = match place.one((self.field.to)(), (self.field.row)(op, key)).await {
            Ok(None) => return Ok(None),
            answer => answer,
        };
        let mut response = match place.finish(env, false, answer) {
            Ok(value) => {
                let name = Name::new(&field.node.response_key().node);
                Response::new(Value::Object(IndexMap::from_iter([(name, value)])))
            }
            Err(error) => Response::from_errors(vec![error]),
        };
        response.errors.append(&mut env.errors.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Some(response))
    }
}

/// An error that ends a stream: of the request, as long as there was none.
fn ended(ctx: &Context<'_>, error: &Error, begun: bool) -> Response {
    let path = begun.then(|| PathSegment::Field(ctx.item.node.response_key().node.to_string()));
    Response::from_errors(vec![write::server_error(error, ctx.item.pos, path.into_iter().collect())])
}

impl<S: StreamType> SubscriptionType for Streamed<S> {
    fn type_name() -> Cow<'static, str> {
        S::NAME.into()
    }
    fn create_type_info(registry: &mut Registry) -> String {
        if !registry.types.contains_key(S::NAME) {
            schema::object(registry, S::NAME, S::DOC, vec![]);
            let mut fields = vec![];
            for (name, stream) in &Self::streams().fields {
                let ty = format!("{}!", schema::register((stream.to)(), registry));
                let mut field = schema::field(name, stream.doc, ty);
                field.args.extend((stream.args)(registry));
                fields.push(field);
            }
            schema::object(registry, S::NAME, S::DOC, fields);
        }
        format!("{}!", S::NAME)
    }
    fn create_field_stream<'a>(
        &'a self,
        ctx: &'a Context<'_>,
    ) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        let field = Self::streams().fields.get(ctx.item.node.name.node.as_str())?;
        enum State<'a> {
            New,
            Open(Box<Followed<'a>>),
            Ended,
        }
        Some(Box::pin(stream::unfold(State::New, move |state| async move {
            let mut followed = match state {
                State::New => match Followed::begin(ctx, field).await {
                    Ok(followed) => Box::new(followed),
                    Err(error) => return Some((ended(ctx, &error, false), State::Ended)),
                },
                State::Open(followed) => followed,
                State::Ended => return None,
            };
            Some(match followed.next().await {
                Ok(response) => (response, State::Open(followed)),
                Err(error) => (ended(ctx, &error, true), State::Ended),
            })
        })))
    }
}
