//! Indicators, observations, quality findings and shortcomings.

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
        table(m, "indicator")
            .text("code")
            .text("name_vi")
            .text("name_en")
            .text("definition_vi")
            .text("definition_en")
            .text("unit")
            .text("value_type")
            .text("direction")
            .text("merge_rule")
            .maybe_to("weight_indicator_id", "indicator")
            .text("topic")
            .int("methodology_version")
            .double_or_null("min")
            .double_or_null("max")
            .int("version")
            .text("name_sort")
            .text("search")
            .unique(&["code"])
            .index(&["name_sort"])
            .create(m)
            .await?;
        table(m, "observation")
            .to("indicator_id", "indicator")
            .to("area_id", "unit")
            .text("period")
            .date("period_start")
            .date("period_end")
            .bool("period_inferred")
            .text_or_null("as_of_text")
            .double_or_null("value")
            .text("qualifier")
            .double_or_null("numerator")
            .double_or_null("denominator")
            .int_or_null("rank_of")
            .text_or_null("text")
            .text("dimension")
            .text_or_null("scope_text")
            .int("methodology_version")
            .text("status")
            .text("state")
            .text("sharing")
            .to("source_id", "source")
            .int("revision")
            .instant("recorded_at")
            .instant_or_null("published_at")
            .instant_or_null("superseded_at")
            .text_or_null("revision_reason")
            .int("version")
            .unique(&["indicator_id", "area_id", "period", "dimension", "revision"])
            .index(&["area_id", "indicator_id", "dimension", "period_end"])
            .create(m)
            .await?;
        table(m, "quality_finding")
            .to("observation_id", "observation")
            .text("code")
            .text("severity")
            .text("message_vi")
            .text("message_en")
            .unique(&["observation_id", "code"])
            .create(m)
            .await?;
        table(m, "shortcoming")
            .to("area_id", "unit")
            .date_or_null("area_on")
            .text("text")
            .maybe_to("indicator_id", "indicator")
            .maybe_to("observation_id", "observation")
            .to("source_id", "source")
            .unique(&["area_id", "text"])
            .create(m)
            .await
    }
}
