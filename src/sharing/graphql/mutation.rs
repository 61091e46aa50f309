//! GraphQL mutations for information systems.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use entity::{
    ids::InformationSystemId,
    information_system,
    kinds::{SystemKind, SystemScope, SystemStatus},
};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    citation::graphql::mutation::SourceInput,
    kernel::{
        object::{GlobalId, One},
        op::Op,
        policy::Action,
        scalar::Date,
    },
    sharing::{
        correcting::{self, InformationSystemPatch},
        store,
        system::{self, NewInformationSystem},
    },
};

/// A new information system.
#[derive(InputObject)]
struct CreateInformationSystemInput {
    /// The unique code of the system, like "pt-lgsp" (mã).
    code: String,
    /// The Vietnamese name, as printed (tên).
    name_vi: String,
    /// The English name; the Vietnamese name by default (tên tiếng Anh).
    name_en: Option<String>,
    /// The acronym, only if the source uses one (tên viết tắt).
    acronym: Option<String>,
    /// Other names, as printed: at most 50. Duplicates are dropped (tên khác).
    aliases: Option<Vec<String>>,
    /// The kind of system (loại).
    kind: SystemKind,
    /// The operating status, as the source states it (tình trạng).
    status: SystemStatus,
    /// The level of government that the system belongs to (phạm vi).
    scope: SystemScope,
    /// True for a class of systems that is not one named system; false by default (nhóm chung).
    generic: Option<bool>,
    /// The area that the system belongs to, by code; "VN" for the whole country. A system without an area is in no area's lists, and only callers whose roles hold in the whole country can change it (địa bàn).
    area: Option<String>,
    /// The day on which the code in `area` is looked up; today by default (ngày của mã).
    on: Option<Date>,
    /// The agency that owns the system, by code. Owner and operator must lie in the caller's area unless the caller's roles hold in the whole country (chủ quản).
    owner: Option<String>,
    /// The agency that operates the system, by code. API clients of the owner and of the operator may report calls over the system's links (đơn vị vận hành).
    operator: Option<String>,
    /// The system that this one is part of, by code. It must lie in the caller's area unless the caller's roles hold in the whole country (thuộc hệ thống).
    parent: Option<String>,
    /// The information-security level, 1 to 5. It is not approved yet; see `updateInformationSystem` (cấp độ an toàn thông tin).
    security_level: Option<i32>,
    /// The source that mentions the system (nguồn).
    source: SourceInput,
}

/// Changes to an information system. Omitted fields keep their value; null clears a field.
#[derive(InputObject)]
struct UpdateInformationSystemInput {
    /// The global id of the system (hệ thống).
    id: ID,
    /// The expected version. The update is rejected with PRECONDITION_FAILED if the system has another (phiên bản).
    version: i32,
    /// The Vietnamese name, as printed (tên).
    name_vi: MaybeUndefined<String>,
    /// The English name (tên tiếng Anh).
    name_en: MaybeUndefined<String>,
    /// The operating status, as the source states it (tình trạng).
    status: MaybeUndefined<SystemStatus>,
    /// The information-security level, 1 to 5 (cấp độ an toàn thông tin).
    security_level: MaybeUndefined<i32>,
    /// Whether the level is approved. Changing the level resets this to false unless the same update sets it to true (đã phê duyệt).
    security_level_approved: MaybeUndefined<bool>,
    /// The acronym (tên viết tắt).
    acronym: MaybeUndefined<String>,
    /// The complete list of other names, at most 50. Duplicates are dropped (tên khác).
    aliases: MaybeUndefined<Vec<String>>,
    /// The kind of system (loại).
    kind: MaybeUndefined<SystemKind>,
    /// The level of government that the system belongs to (phạm vi).
    scope: MaybeUndefined<SystemScope>,
    /// True for a class of systems that is not one named system (nhóm chung).
    generic: MaybeUndefined<bool>,
    /// The area that the system belongs to, by code. Both the old and the new area must be the caller's; null, no area, needs roles that hold in the whole country (địa bàn).
    area: MaybeUndefined<String>,
    /// The day on which the code in `area` is looked up; today by default (ngày của mã).
    on: Option<Date>,
    /// The agency that owns the system, by code. Agreements of existing links stay: the server checks the owners only when a link is given an agreement. A new owner, operator or parent must lie in the caller's area unless the caller's roles hold in the whole country (chủ quản).
    owner: MaybeUndefined<String>,
    /// The agency that operates the system, by code. API clients of the owner and of the operator may report calls over the system's links (đơn vị vận hành).
    operator: MaybeUndefined<String>,
    /// The system that this one is part of, by code: neither itself nor one of its own parts (thuộc hệ thống).
    parent: MaybeUndefined<String>,
}

/// The result of a mutation on an information system.
#[derive(SimpleObject)]
struct InformationSystemPayload {
    /// The system after the change (hệ thống).
    information_system: One<information_system::Entity>,
}

impl InformationSystemPayload {
    fn of(op: &Op, id: InformationSystemId) -> Self {
        let system = store::visible_systems(op).filter(information_system::Column::Id.eq(id));
        InformationSystemPayload { information_system: One(system) }
    }
}

/// Mutations on information systems.
#[derive(Default)]
pub struct SharingMutation;

#[Object]
impl SharingMutation {
    /// Create an information system (thêm hệ thống thông tin).
    async fn create_information_system(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new system.")] input: CreateInformationSystemInput,
    ) -> Result<InformationSystemPayload> {
        let op = ctx.data::<Op>()?;
        let order = NewInformationSystem {
            code: input.code,
            name_en: input.name_en.unwrap_or_else(|| input.name_vi.clone()),
            name_vi: input.name_vi,
            acronym: input.acronym,
            aliases: input.aliases.unwrap_or_default(),
            kind: input.kind,
            status: input.status,
            scope: input.scope,
            generic: input.generic.unwrap_or(false),
            area: input.area,
            on: input.on.map(|day| day.0),
            owner: input.owner,
            operator: input.operator,
            parent: input.parent,
            security_level: input.security_level,
            security_level_approved: false,
            source: input.source.into(),
        };
        Ok(InformationSystemPayload::of(op, system::create(op, order).await?))
    }
    /// Change an information system (sửa hệ thống thông tin).
    async fn update_information_system(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateInformationSystemInput,
    ) -> Result<InformationSystemPayload> {
        let op = ctx.data::<Op>()?;
        op.may(Action::RecordInformationSystem)?;
        let id = InformationSystemId(GlobalId::of::<information_system::Entity>(&input.id)?);
        let patch = InformationSystemPatch {
            name_vi: input.name_vi.into(),
            name_en: input.name_en.into(),
            acronym: input.acronym.into(),
            aliases: input.aliases.into(),
            kind: input.kind.into(),
            status: input.status.into(),
            scope: input.scope.into(),
            generic: input.generic.into(),
            area: input.area.into(),
            on: input.on.map(|day| day.0),
            owner: input.owner.into(),
            operator: input.operator.into(),
            parent: input.parent.into(),
            security_level: input.security_level.into(),
            security_level_approved: input.security_level_approved.into(),
        };
        correcting::update(op, id, input.version, patch).await?;
        Ok(InformationSystemPayload::of(op, id))
    }
}
