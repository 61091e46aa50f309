//! GraphQL mutations of agencies.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{agency, ids::AgencyId, kinds::AgencyKind, time::PartialDate};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    agency::{self as agencies, AgencyPatch, NewAgency, store},
    citation::graphql::mutation::SourceInput,
    kernel::{
        object::{GlobalId, One},
        op::Op,
        patch::Patch,
        policy::Action,
    },
};

/// Input for a new agency.
#[derive(InputObject)]
struct CreateAgencyInput {
    /// The key, unique among agencies, such as "pt-skhcn" (mã).
    code: String,
    /// The Vietnamese name (tên).
    name_vi: String,
    /// The English name; the Vietnamese name by default (tên tiếng Anh).
    name_en: Option<String>,
    /// The kind of agency (loại).
    kind: AgencyKind,
    /// The code of its area today; "VN" for the whole country. If omitted, the agency belongs to no area: it appears in no
    /// area's lists, and only registrars of the whole country may change it (địa bàn).
    area: Option<String>,
    /// The code of the parent agency. It must lie in the caller's area, too (cơ quan chủ quản).
    parent: Option<String>,
}

/// Changes to an agency. Omitted fields keep their value; null clears `area`, `parent`, `validFrom`, `validTo` and
/// `source`.
#[derive(InputObject)]
struct UpdateAgencyInput {
    /// The global id of the agency (cơ quan).
    id: ID,
    /// The expected version. The update is rejected if the agency has another (phiên bản).
    version: i32,
    /// The Vietnamese name (tên).
    name_vi: Option<String>,
    /// The English name (tên tiếng Anh).
    name_en: Option<String>,
    /// The kind of agency (loại).
    kind: Option<AgencyKind>,
    /// The code of its area today; "VN" for the whole country, null if it belongs to no area. The caller's area must include
    /// both the old and the new one (địa bàn).
    area: MaybeUndefined<String>,
    /// The code of the parent agency. The old and the new parent must lie in the caller's area, too (cơ quan chủ quản).
    parent: MaybeUndefined<String>,
    /// The start of the agency, as precise as it is known (từ).
    valid_from: MaybeUndefined<PartialDate>,
    /// The source that mentions it (nguồn).
    source: MaybeUndefined<SourceInput>,
    /// The end of the agency, as precise as it is known; not before its start (đến).
    valid_to: MaybeUndefined<PartialDate>,
    /// The codes of all agencies that succeeded it; replaces the previous list. Each successor takes over its agreements,
    /// grants, systems and data links. The caller's area must include both agencies to add or remove a successor
    /// (cơ quan kế thừa).
    successors: Option<Vec<String>>,
}

/// The agency that was created or changed.
#[derive(SimpleObject)]
struct AgencyPayload {
    /// The agency after the change (cơ quan).
    agency: One<agency::Entity>,
}

impl AgencyPayload {
    fn of(op: &Op, id: AgencyId) -> Self {
        AgencyPayload { agency: One(store::visible(op).filter(agency::Column::Id.eq(id))) }
    }
}

/// The mutations of agencies.
#[derive(Default)]
pub struct AgencyMutation;

#[Object]
impl AgencyMutation {
    /// Create an agency in the caller's area. Requires the role REGISTRAR (thêm cơ quan).
    async fn create_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agency to create.")] input: CreateAgencyInput,
    ) -> Result<AgencyPayload> {
        let op = ctx.data::<Op>()?;
        let order = NewAgency {
            code: input.code,
            name_en: input.name_en.unwrap_or_else(|| input.name_vi.clone()),
            name_vi: input.name_vi,
            kind: input.kind,
            generic: false,
            area: input.area,
            on: None,
            parent: input.parent,
            valid_from: None,
            valid_to: None,
            source: None,
        };
        Ok(AgencyPayload::of(op, agencies::create(op, order).await?))
    }
    /// Change an agency of the caller's area. Requires the role REGISTRAR (sửa cơ quan).
    async fn update_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agency and its changes.")] input: UpdateAgencyInput,
    ) -> Result<AgencyPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordAgency)?;
        let id = AgencyId(GlobalId::of::<agency::Entity>(&input.id)?);
        let patch = AgencyPatch {
            name_vi: input.name_vi,
            name_en: input.name_en,
            kind: input.kind,
            area: input.area.into(),
            parent: input.parent.into(),
            valid_from: input.valid_from.into(),
            source: Patch::from(input.source).map(Into::into),
            valid_to: input.valid_to.into(),
            successors: input.successors,
        };
        agencies::update(op, id, input.version, patch).await?;
        Ok(AgencyPayload::of(op, id))
    }
}
