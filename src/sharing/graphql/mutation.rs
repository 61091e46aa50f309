//! What is done with information systems, in the schema.

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
    /// Its key, as "pt-lgsp" (mã).
    code: String,
    /// The Vietnamese name, as printed (tên).
    name_vi: String,
    /// The English name; the Vietnamese one where it has none (tên tiếng Anh).
    name_en: Option<String>,
    /// Its acronym, where the source has one (tên viết tắt).
    acronym: Option<String>,
    /// Other names, as printed; at most 50, each kept once (tên khác).
    aliases: Option<Vec<String>>,
    /// What kind of system it is (loại).
    kind: SystemKind,
    /// How it stands (tình trạng).
    status: SystemStatus,
    /// Whose it is (phạm vi).
    scope: SystemScope,
    /// Whether it is a class of systems that is not one named system; it is not, unless this says so (nhóm chung).
    generic: Option<bool>,
    /// The area that it belongs to, by code; "VN" for the whole country. Without one it lies in no area and in no area's lists, and only those keep it whose roles hold in the country (địa bàn).
    area: Option<String>,
    /// The day to read that code on; today by default (ngày của mã).
    on: Option<Date>,
    /// Who owns it, by code; an agency of your area, as the operator, unless your roles hold in the whole country (chủ quản).
    owner: Option<String>,
    /// Who operates it, by code: clients of that agency may report calls over its links, as those of the owner may (đơn vị vận hành).
    operator: Option<String>,
    /// The system that it belongs to, by code; also in your area, unless your roles hold in the whole country (thuộc hệ thống).
    parent: Option<String>,
    /// The level of information security, 1 to 5, which is not approved yet (cấp độ an toàn thông tin).
    security_level: Option<i32>,
    /// Where it is told of (nguồn).
    source: SourceInput,
}

/// Changes of an information system; what is left out stays, null clears.
#[derive(InputObject)]
struct UpdateInformationSystemInput {
    /// Which (hệ thống).
    id: ID,
    /// The version that you have seen (phiên bản).
    version: i32,
    /// The Vietnamese name, as printed (tên).
    name_vi: MaybeUndefined<String>,
    /// The English name (tên tiếng Anh).
    name_en: MaybeUndefined<String>,
    /// How it stands (tình trạng).
    status: MaybeUndefined<SystemStatus>,
    /// The level of information security, 1 to 5 (cấp độ an toàn thông tin).
    security_level: MaybeUndefined<i32>,
    /// Whether that level is approved; another level is not, unless this says so (đã phê duyệt).
    security_level_approved: MaybeUndefined<bool>,
    /// Its acronym (tên viết tắt).
    acronym: MaybeUndefined<String>,
    /// Other names: all of them, at most 50, each kept once (tên khác).
    aliases: MaybeUndefined<Vec<String>>,
    /// What kind of system it is (loại).
    kind: MaybeUndefined<SystemKind>,
    /// Whose it is (phạm vi).
    scope: MaybeUndefined<SystemScope>,
    /// Whether it is a class of systems that is not one named system (nhóm chung).
    generic: MaybeUndefined<bool>,
    /// The area that it belongs to, by code; null: the country. Both the one before and this one must be yours (địa bàn).
    area: MaybeUndefined<String>,
    /// The day to read that code on; today by default (ngày của mã).
    on: Option<Date>,
    /// Who owns it, by code. Links that rest on an agreement go on doing so: whether it binds the owners is asked when a link is given one. A new owner, operator or parent lies in your area, unless your roles hold in the whole country (chủ quản).
    owner: MaybeUndefined<String>,
    /// Who operates it, by code: clients of that agency may report calls over its links, as those of the owner may (đơn vị vận hành).
    operator: MaybeUndefined<String>,
    /// The system that it belongs to, by code: neither itself nor one that belongs to it (thuộc hệ thống).
    parent: MaybeUndefined<String>,
}

/// An information system that was written.
#[derive(SimpleObject)]
struct InformationSystemPayload {
    /// The system (hệ thống).
    information_system: One<information_system::Entity>,
}

impl InformationSystemPayload {
    fn of(op: &Op, id: InformationSystemId) -> Self {
        let system = store::visible_systems(op).filter(information_system::Column::Id.eq(id));
        InformationSystemPayload { information_system: One(system) }
    }
}

/// Mutations of this room.
#[derive(Default)]
pub struct SharingMutation;

#[Object]
impl SharingMutation {
    /// Create an information system (thêm hệ thống thông tin).
    async fn create_information_system(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The system.")] input: CreateInformationSystemInput,
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
        #[graphql(desc = "What changes.")] input: UpdateInformationSystemInput,
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
