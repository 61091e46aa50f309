//! Plans, their bases, targets and tasks.

use sea_orm_migration::prelude::*;

use crate::table::table;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        table(m, "plan")
            .text("code")
            .text_or_null("number")
            .text("title")
            .text("kind")
            .text("status")
            .maybe_to("issuer_id", "agency")
            .to("area_id", "unit")
            .date_or_null("area_on")
            .text_or_null("issued_on")
            .int_or_null("period_start")
            .int_or_null("period_end")
            .int_or_null("vision_year")
            .to("source_id", "source")
            .int("version")
            .text("title_sort")
            .text("search")
            .unique(&["code"])
            .index(&["number"])
            .index(&["issued_on"])
            .create(m)
            .await?;
        table(m, "plan_basis")
            .to("plan_id", "plan")
            .maybe_to("based_plan_id", "plan")
            .maybe_to("based_document_id", "legal_document")
            .text("relation")
            .maybe_to("source_id", "source")
            .check("(based_plan_id IS NULL) <> (based_document_id IS NULL)")
            .create(m)
            .await?;
        table(m, "plan_target")
            .to("plan_id", "plan")
            .maybe_to("indicator_id", "indicator")
            .to("area_id", "unit")
            .date_or_null("area_on")
            .double_or_null("value")
            .text("qualifier")
            .text("text")
            .text_or_null("due_on")
            .to("source_id", "source")
            .int("version")
            .create(m)
            .await?;
        table(m, "plan_task")
            .to("plan_id", "plan")
            .text("title")
            .text("kind")
            .maybe_to("lead_id", "agency")
            .text_or_null("starts_on")
            .text_or_null("due_on")
            .text("status")
            .int_or_null("progress_percent")
            .to("source_id", "source")
            .int("version")
            .unique(&["plan_id", "title"])
            .create(m)
            .await?;
        table(m, "plan_task_basis")
            .to("task_id", "plan_task")
            .to("document_id", "legal_document")
            .unique(&["task_id", "document_id"])
            .create(m)
            .await
    }
}
