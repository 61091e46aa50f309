//! The mutations of the made-up world: written as those of the service are, with async-graphql's own macros.

use async_graphql::{Context, Object, Result, SimpleObject};
use entity::kinds::ChangeType;
use lienthong::kernel::{
    error,
    object::{Noun, One},
    op::Op,
    policy::Action,
    tx::{Change, Outcome},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::nouns::{project, refused, town};

/// What came of adopting a project.
#[derive(SimpleObject)]
pub struct AdoptProjectPayload {
    /// The project.
    project: Option<One<project::Entity>>,
    /// Whether it is new.
    new: bool,
}

/// Adopts a project. Two projects of one title are refused, after the row was written.
pub async fn adopt(op: &Op, code: &str, title: &str) -> error::Result<i64> {
    let permit = op.permit(Action::RecordPlan)?;
    let none = || refused("không có thị trấn này", "there is no such town");
    let town = op.first(town::Entity::visible(op).filter(town::Column::Code.eq(code))).await?.ok_or_else(none)?;
    op.write(permit, async |tx, permit| {
        let row = project::ActiveModel {
            town_id: Set(town.id),
            number: Set("new".to_owned()),
            title: Set(title.to_owned()),
            status: Set("draft".to_owned()),
            ..Default::default()
        };
        let row = tx.insert(row).await?;
        let same = project::Entity::find().filter(project::Column::Title.eq(title));
        if tx.find(same).await?.len() > 1 {
            return Err(refused("trùng tên", "there is one of this title"));
        }
        let change = Change::created(ChangeType::Plan, title, row.id);
        Ok(Outcome::changed(permit.anywhere(), row.id, vec![change]))
    })
    .await
}

pub struct Mutation;

#[Object]
impl Mutation {
    /// Adopts a project.
    async fn adopt_project(&self, ctx: &Context<'_>, town: String, title: String) -> Result<AdoptProjectPayload> {
        let op = ctx.data::<Op>()?;
        let id = adopt(op, &town, &title).await.map_err(|e| e.to_string())?;
        let project = One(project::Entity::visible(op).filter(project::Column::Id.eq(id)));
        Ok(AdoptProjectPayload { project: Some(project), new: true })
    }
    /// Looks a project up.
    async fn touch_project(&self, ctx: &Context<'_>, id: i64) -> Result<AdoptProjectPayload> {
        let op = ctx.data::<Op>()?;
        let project = One(project::Entity::visible(op).filter(project::Column::Id.eq(id)));
        Ok(AdoptProjectPayload { project: Some(project), new: false })
    }
}
