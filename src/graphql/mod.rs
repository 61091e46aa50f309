//! The GraphQL schema, assembled from the modules.

pub mod errors;
mod escapes;
mod given;
pub mod inputs;
pub mod limits;
pub mod parsed;
mod phrases;
pub mod request;
mod subscription;
mod typename;

use async_graphql::MergedObject;
use entity::{
    access_grant, agreement, api_client, data_link, information_system, legal_document, observation, plan_target,
    plan_task, shortcoming, unit_version, user_account,
};

use crate::{
    agency, citation, health, identity, indicator, journal,
    kernel::{
        error::Result,
        object::{
            self, Noun, Roots, Streams,
            declare::Ref,
            root::{RootType, Rooted},
            stream::{StreamType, Streamed},
        },
    },
    plan, search, sharing, territory, traffic,
};

/// The types that have a global id.
const NODES: &[Ref] = &[
    <unit_version::Entity as Noun>::object,
    <legal_document::Entity as Noun>::object,
    <entity::agency::Entity as Noun>::object,
    <entity::indicator::Entity as Noun>::object,
    <observation::Entity as Noun>::object,
    <shortcoming::Entity as Noun>::object,
    <entity::plan::Entity as Noun>::object,
    <plan_target::Entity as Noun>::object,
    <plan_task::Entity as Noun>::object,
    <information_system::Entity as Noun>::object,
    <data_link::Entity as Noun>::object,
    <user_account::Entity as Noun>::object,
    <api_client::Entity as Noun>::object,
    <agreement::Entity as Noun>::object,
    <access_grant::Entity as Noun>::object,
    <entity::legal_document_proposal::Entity as Noun>::object,
];

/// The root of all queries.
pub struct Query;

impl RootType for Query {
    const NAME: &'static str = "Query";
    const DOC: &'static str = "All queries (truy vấn).";
    fn declare(roots: Roots) -> Roots {
        let roots = identity::graphql::roots(roots.nodes(NODES));
        let roots = citation::graphql::roots(roots);
        let roots = territory::graphql::roots(roots);
        let roots = agency::graphql::roots(roots);
        let roots = indicator::graphql::roots(roots);
        let roots = plan::graphql::roots(roots);
        let roots = traffic::graphql::roots(sharing::graphql::roots(roots));
        let roots = search::graphql::roots(roots);
        journal::graphql::roots(roots)
    }
}

/// All mutations (thao tác ghi). Each mutation is applied as a whole or not at all.
#[derive(MergedObject, Default)]
pub struct Mutation(
    identity::graphql::IdentityMutation,
    citation::graphql::mutation::CitationMutation,
    citation::graphql::proposal::ProposalMutation,
    agency::graphql::mutation::AgencyMutation,
    indicator::graphql::mutation::IndicatorMutation,
    plan::graphql::mutation::PlanMutation,
    sharing::graphql::mutation::SharingMutation,
    sharing::graphql::linking::LinkMutation,
    traffic::graphql::mutation::TrafficMutation,
    health::graphql::HealthMutation,
    sharing::graphql::granting::GrantingMutation,
);

/// All subscriptions (theo dõi trực tiếp). An operation has one field. Connect over WebSocket at `/graphql/ws`
/// (graphql-transport-ws) or with server-sent events at `/graphql/stream` (graphql-sse).
pub struct Subscription;

impl StreamType for Subscription {
    const NAME: &'static str = "Subscription";
    const DOC: &'static str = "All subscriptions. An operation has exactly one field. Connect over WebSocket at `/graphql/ws` (graphql-transport-ws) or with server-sent events at `/graphql/stream` (graphql-sse) (theo dõi trực tiếp).";
    fn declare(streams: Streams) -> Streams {
        journal::graphql::streams(streams)
    }
}

/// The schema.
pub type Schema = async_graphql::Schema<Rooted<Query>, Mutation, Streamed<Subscription>>;

/// The types of the schema's inputs.
pub fn inputs() -> inputs::Inputs {
    inputs::Inputs::of::<Rooted<Query>, Mutation, Streamed<Subscription>>()
}

/// The schema in SDL, as it is committed and served.
///
/// # Errors
/// Those of [`schema`].
pub fn sdl() -> Result<String> {
    Ok(schema()?.sdl())
}

/// Builds the schema.
///
/// # Errors
/// For a wrong declaration, such as two types with one name or a column of a table that is not joined.
pub fn schema() -> Result<Schema> {
    let schema = Schema::build(Rooted::<Query>::new(), Mutation::default(), Streamed::<Subscription>::new())
        // Deeper documents are rejected earlier, by `limits`.
        .limit_recursive_depth(128)
        .finish();
    Rooted::<Query>::check()?;
    Streamed::<Subscription>::check()?;
    object::declare::check()?;
    Ok(schema)
}
