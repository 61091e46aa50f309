//! The database migrations. Each migration is one transaction, up only, for SQLite and PostgreSQL, and never changes
//! after a release. Migrations name tables and columns as texts: the entities describe today's schema, which an older
//! migration must not depend on.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261122_000001_citation;
mod m20261122_000002_territory;
mod m20261122_000003_agency;
mod m20261122_000004_indicator;
mod m20261122_000005_plan;
mod m20261122_000006_sharing;
mod m20261122_000007_journal;
mod m20261122_000008_search;
mod m20261122_000009_identity;
mod m20261122_000010_agreement;
mod m20261122_000011_review;
mod m20261122_000012_repeat;
mod m20261122_000014_link_life;
mod m20261122_000015_grants;
mod m20261122_000016_traffic;
mod m20261122_000017_health;
mod m20261122_000018_agreement_end;
mod m20261122_000019_link_terms;
mod m20261122_000020_operating;
mod m20261130_000010_sign_in_origin;
mod m20261130_000020_legal_document_area;
mod m20261130_000030_audit_values;
mod m20261130_000045_standing;
mod m20261130_000046_holder;
mod m20261130_000050_series;
mod m20261130_000060_requirement;
mod m20261130_000070_reads;
mod table;

/// All migrations, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_citation::Migration),
            Box::new(m20261122_000002_territory::Migration),
            Box::new(m20261122_000003_agency::Migration),
            Box::new(m20261122_000004_indicator::Migration),
            Box::new(m20261122_000005_plan::Migration),
            Box::new(m20261122_000006_sharing::Migration),
            Box::new(m20261122_000007_journal::Migration),
            Box::new(m20261122_000008_search::Migration),
            Box::new(m20261122_000009_identity::Migration),
            Box::new(m20261122_000010_agreement::Migration),
            Box::new(m20261122_000011_review::Migration),
            Box::new(m20261122_000012_repeat::Migration),
            Box::new(m20261122_000014_link_life::Migration),
            Box::new(m20261122_000015_grants::Migration),
            Box::new(m20261122_000016_traffic::Migration),
            Box::new(m20261122_000017_health::Migration),
            Box::new(m20261122_000018_agreement_end::Migration),
            Box::new(m20261122_000019_link_terms::Migration),
            Box::new(m20261122_000020_operating::Migration),
            Box::new(m20261130_000010_sign_in_origin::Migration),
            Box::new(m20261130_000020_legal_document_area::Migration),
            Box::new(m20261130_000030_audit_values::Migration),
            Box::new(m20261130_000045_standing::Migration),
            Box::new(m20261130_000046_holder::Migration),
            Box::new(m20261130_000050_series::Migration),
            Box::new(m20261130_000060_requirement::Migration),
            Box::new(m20261130_000070_reads::Migration),
        ]
    }
}
