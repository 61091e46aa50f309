//! The root of subscriptions: fields that answer again and again, each time something happens.
//!
//! A stream holds its place in the feed and nothing else: what comes next is read when the last event was delivered, so a slow
//! reader reads later and costs no memory. Streams that would be shown the same share what is read ([`batches`](super::batches)); who the
//! caller is now is asked anew for each event. While the database is busy or gone a stream waits, and goes on where it was.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::HashMap,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
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
    batches::{Batch, Group, Rendered},
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
    error::{Broken, Code, Error, Result},
    news::Known,
    op::Op,
    reads::Read,
    spending::Used,
};

/// An operation that lasts: for each of its events another one, by the caller as they are then.
#[derive(Clone)]
pub struct Lasting {
    renew: Arc<dyn Fn() -> Loading<'static, Op> + Send + Sync>,
    document: [u8; 32],
    most: u64,
}

impl Lasting {
    /// One that is renewed like this, of a document and variables with this digest, of which at most so many events are read at once.
    pub fn new(
        document: [u8; 32],
        most: u64,
        renew: impl Fn() -> Loading<'static, Op> + Send + Sync + 'static,
    ) -> Self {
        Lasting { renew: Arc::new(renew), document, most }
    }
    async fn renew(&self) -> Result<Op> {
        (self.renew)().await
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

/// A part of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What comes after this place,
    pub after: i64,
    /// up to this one,
    pub upto: i64,
    /// but no more than so many events.
    pub most: u64,
}

/// Where the events of a field come from.
pub struct Source<A> {
    /// The place from which to read on, for a stream that begins now.
    pub begin: for<'a> fn(&'a Op, &'a A) -> Loading<'a, i64>,
    /// The events in a part of the feed that the caller may see, in their order.
    pub next: for<'a> fn(&'a Op, &'a A, Part) -> Loading<'a, Vec<Event>>,
}

type Begin = Box<dyn for<'a> Fn(&'a Op, &'a Given) -> Loading<'a, i64> + Send + Sync>;
type Next = Box<dyn for<'a> Fn(&'a Op, &'a Given, Part) -> Loading<'a, Vec<Event>> + Send + Sync>;

struct StreamField {
    doc: &'static str,
    args: Inputs,
    parse: Parse,
    to: Ref,
    begin: Begin,
    next: Next,
    rows: fn(&Op, &[Key]) -> SelectStatement,
}

/// The fields of the root of subscriptions, under way.
#[derive(Default)]
pub struct Streams {
    fields: IndexMap<&'static str, StreamField>,
    faults: Vec<String>,
}

fn rows<T: Noun>(op: &Op, keys: &[Key]) -> SelectStatement {
    let mut query = T::visible(op).filter(op.among(T::object().key, keys.iter().cloned())).into_query();
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
            next: Box::new(move |op, args, part| match given::<A>(args) {
                Ok(args) => next(op, args, part),
                Err(e) => Box::pin(async move { Err(e) }),
            }),
            rows: rows::<T>,
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

/// How much of the feed is read at once, in numbers of its rows: reading for somebody who sees few of them is bounded too.
const WINDOW: i64 = 5_000;

/// How long a stream waits after the database was found busy or gone: at first, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// A field that is followed, under way.
struct Followed<'a> {
    ctx: &'a Context<'a>,
    field: &'static StreamField,
    lasting: Lasting,
    news: watch::Receiver<Known>,
    given: Given,
    place: i64,
    group: Option<Arc<Group>>,
    batch: Option<Taken>,
}

/// A batch that is delivered from.
struct Taken {
    batch: Arc<Batch>,
    /// How many of its events were delivered.
    delivered: usize,
    /// Whether it was read for this stream.
    own: bool,
}

impl<'a> Followed<'a> {
    async fn begin(ctx: &'a Context<'a>, field: &'static StreamField) -> Result<Self> {
        let missing = || Broken::new("a subscription without an operation that lasts");
        let lasting = ctx.data_opt::<Lasting>().cloned().ok_or_else(missing)?;
        let op = ctx.data_opt::<Op>().ok_or_else(missing)?;
        let news = op.app().news().listen();
        let document = Document::new(ctx.query_env);
        let given = (field.parse)(document.arguments(&ctx.item.node), op)?;
        let place = (field.begin)(op, &given).await?;
        // What came after the place may be known to the database and not to this process yet.
        op.app().news().look();
        Ok(Followed { ctx, field, lasting, news, given, place, group: None, batch: None })
    }
    /// The answer to the next event, as soon as there is one.
    async fn next(&mut self) -> Result<Response> {
        let (mut wait, mut single) = (WAITS.0, false);
        loop {
            match self.step(single).await {
                Ok(Some(response)) => return Ok(response),
                Ok(None) => (wait, single) = (WAITS.0, false),
                Err(error) => match error.code() {
                    Code::Unavailable => {
                        tokio::time::sleep(wait).await;
                        wait = (wait * 2).min(WAITS.1);
                    }
                    // Less may be read in time.
                    Code::Timeout if !single => single = true,
                    _ => return Err(error),
                },
            }
        }
    }
    /// One step on: an event is delivered, or a part of the feed read, or waited for.
    async fn step(&mut self, single: bool) -> Result<Option<Response>> {
        if self.batch.is_some() {
            return self.deliver().await;
        }
        let Known { newest, .. } = *self.news.borrow_and_update();
        if newest <= self.place {
            self.news.changed().await.map_err(Broken::new)?;
            return Ok(None);
        }
        let op = self.lasting.renew().await?;
        let part = Part {
            after: self.place,
            upto: newest.min(self.place.saturating_add(WINDOW)),
            most: if single { 1 } else { self.lasting.most },
        };
        let group = self.group(&op);
        let key = (group.clone(), self.place, single);
        let (batch, own) = op.app().batches().get(key, async || self.read(&op, &group, part).await).await?;
        self.batch = Some(Taken { batch, delivered: 0, own });
        Ok(None)
    }
    /// The group of the caller as they are now.
    fn group(&mut self, op: &Op) -> Arc<Group> {
        let reader = op.caller().reader();
        match &self.group {
            Some(group) if group.reader == reader => group.clone(),
            _ => {
                let field = self.ctx.item.node.response_key().node.to_string();
                let group = Arc::new(Group { reader, document: self.lasting.document, field });
                self.group.insert(group).clone()
            }
        }
    }
    /// The next event of the batch, unless it was read for somebody whom the caller is no more, or too long ago.
    async fn deliver(&mut self) -> Result<Option<Response>> {
        let op = self.lasting.renew().await?;
        let before = self.group.clone();
        let same = before.is_some_and(|before| before == self.group(&op));
        let Some(taken) = &mut self.batch else { return Ok(None) };
        // The first event of a batch is delivered however long it took to read, or nobody would get on.
        let recent = taken.delivered == 0 || op.app().batches().recent(&taken.batch);
        let event = taken.batch.events.get(taken.delivered);
        let Some(event) = event.filter(|_| same && recent) else {
            if event.is_none() {
                self.place = self.place.max(taken.batch.to);
            }
            self.batch = None;
            return Ok(None);
        };
        if taken.delivered == 0 {
            for (of, figures) in &taken.batch.read {
                figures.iter().for_each(|figure| op.note_read(*of, *figure));
            }
            if taken.own {
                op.note_used(taken.batch.used);
            }
        }
        op.note_answered(event.values, 0);
        taken.delivered += 1;
        self.place = event.place;
        let name = Name::new(&self.ctx.item.node.response_key().node);
        let mut response = match &event.value {
            Value::Null => Response::new(Value::Null),
            value => Response::new(Value::Object(IndexMap::from_iter([(name, value.clone())]))),
        };
        response.errors.clone_from(&event.errors);
        Ok(Some(response))
    }
    /// Reads a part of the feed, as the group's reader.
    async fn read(&self, op: &Op, group: &Group, part: Part) -> Result<(Vec<Rendered>, i64, Used, Read)> {
        let (env, field) = (self.ctx.query_env, self.ctx.item);
        let reader = op.seen_as(group.reader.clone());
        let events = (self.field.next)(&reader, &self.given, part).await?;
        let to = match events.last() {
            Some(last) if events.len() as u64 >= part.most => last.place,
            _ => part.upto,
        };
        let mut rendered = vec![];
        if !events.is_empty() {
            let place = Place::find(Some(&reader), env, self.ctx.path_node, field);
            let place = place.map_err(|error| Broken::new(error.message))?;
            let place = place.ok_or_else(|| Broken::new("a stream that another field answers for"))?;
            let keys: Vec<Key> = events.iter().map(|event| Key::Int(event.key)).collect();
            let written = place.each((self.field.to)(), (self.field.rows)(&reader, &keys), &keys).await?;
            for (event, writer) in events.iter().zip(written) {
                // The caller may not see it any more.
                let Some(writer) = writer else { continue };
                let before = reader.values();
                let (value, mut errors) = match place.finish(env, false, Ok(Some(writer))) {
                    Ok(value) => (value, vec![]),
                    Err(error) => (Value::Null, vec![error]),
                };
                errors.append(&mut env.errors.lock().unwrap_or_else(PoisonError::into_inner));
                let failed = errors.iter().find_map(|error| error.source::<Error>().filter(|e| passes(e, part.most)));
                if let Some(error) = failed {
                    return Err(error.clone());
                }
                rendered.push(Rendered { place: event.place, value, errors, values: reader.values() - before });
            }
        }
        Ok((rendered, to, reader.used(), reader.take_read()))
    }
}

/// Whether what failed below an event is read again instead of delivered.
fn passes(error: &Error, most: u64) -> bool {
    match error.code() {
        Code::Unavailable => true,
        Code::Timeout => most > 1,
        _ => false,
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
