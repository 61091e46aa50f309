//! What is done with agencies, in the schema.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{agency, ids::AgencyId, kinds::AgencyKind, time::PartialDate};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    agency::{self as agencies, AgencyPatch, NewAgency, store},
    kernel::{
        object::{GlobalId, One},
        op::Op,
        policy::Action,
    },
};

/// A new agency.
#[derive(InputObject)]
struct CreateAgencyInput {
    /// Its key, as "pt-skhcn" (mã).
    code: String,
    /// The Vietnamese name (tên).
    name_vi: String,
    /// The English name; the Vietnamese one where it has none (tên tiếng Anh).
    name_en: Option<String>,
    /// What kind of body it is (loại).
    kind: AgencyKind,
    /// The area that it belongs to, by code; "VN" for the whole country. Without one it lies in no area and in no area's lists, and only those keep it whose roles hold in the country (địa bàn).
    area: Option<String>,
    /// The agency that it belongs to, by code; also in your area, unless your roles hold in the whole country (cơ quan chủ quản).
    parent: Option<String>,
}

/// Changes of an agency; what is left out stays, null clears.
#[derive(InputObject)]
struct UpdateAgencyInput {
    /// Which (cơ quan).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// The Vietnamese name (tên).
    name_vi: Option<String>,
    /// The English name (tên tiếng Anh).
    name_en: Option<String>,
    /// Until when it was (đến).
    valid_to: MaybeUndefined<PartialDate>,
    /// The agencies that succeeded it, by code: all of them. Each has its authority from then on: its agreements, grants, systems and
    /// links. A successor is named, or left out, by a registrar whose roles hold in the areas of both agencies (cơ quan kế thừa).
    successors: Option<Vec<String>>,
}

/// An agency that was written.
#[derive(SimpleObject)]
struct AgencyPayload {
    /// The agency (cơ quan).
    agency: One<agency::Entity>,
}

impl AgencyPayload {
    fn of(op: &Op, id: AgencyId) -> Self {
        AgencyPayload { agency: One(store::visible(op).filter(agency::Column::Id.eq(id))) }
    }
}

/// Mutations of this room.
#[derive(Default)]
pub struct AgencyMutation;

#[Object]
impl AgencyMutation {
    /// Create an agency (thêm cơ quan).
    async fn create_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agency.")] input: CreateAgencyInput,
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
    /// Change an agency (sửa cơ quan).
    async fn update_agency(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateAgencyInput,
    ) -> Result<AgencyPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordAgency)?;
        let id = AgencyId(GlobalId::of::<agency::Entity>(&input.id)?);
        let patch = AgencyPatch {
            name_vi: input.name_vi,
            name_en: input.name_en,
            valid_to: input.valid_to.into(),
            successors: input.successors,
        };
        agencies::update(op, id, input.version, patch).await?;
        Ok(AgencyPayload::of(op, id))
    }
}
