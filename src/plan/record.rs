//! How plans, targets and tasks are written: what the audit log shows of each column, and which columns follow from others.

use entity::{kinds::ChangeType, plan, plan_target, plan_task};

use crate::{
    citation::{AGENCY, SOURCE, UNIT},
    kernel::{
        text::{searched, sort_key},
        tx::{Audited, Named, Record},
    },
};

const INDICATOR: Named = Named { table: "indicator", by: &["code"] };
/// A plan in the audit log: its code.
pub const PLAN: Named = Named { table: "plan", by: &["code"] };

impl Record for plan::Entity {
    const FEED: ChangeType = ChangeType::Plan;

    fn audited(column: plan::Column) -> Audited {
        use plan::Column as C;
        match column {
            // The day of the area's name follows from the days of the document.
            C::Id | C::AreaOn | C::Version | C::TitleSort | C::Search => Audited::Never,
            C::Code | C::Number | C::Title | C::Kind | C::Status => Audited::Value,
            C::IssuedOn | C::PeriodStart | C::PeriodEnd | C::VisionYear => Audited::Value,
            C::IssuerId => Audited::Reference(AGENCY),
            C::AreaId => Audited::Reference(UNIT),
            C::SourceId => Audited::Reference(SOURCE),
        }
    }
    fn derive(row: &mut plan::Model) {
        row.search = searched(&row.code, row.number.as_deref().into_iter().chain([row.title.as_str()]));
        row.title_sort = sort_key(&row.title);
    }
}

impl Record for plan_target::Entity {
    const FEED: ChangeType = ChangeType::PlanTarget;

    fn audited(column: plan_target::Column) -> Audited {
        use plan_target::Column as C;
        match column {
            C::Id | C::AreaOn | C::Version => Audited::Never,
            C::Value | C::Qualifier | C::Text | C::DueOn => Audited::Value,
            C::PlanId => Audited::Reference(PLAN),
            C::IndicatorId => Audited::Reference(INDICATOR),
            C::AreaId => Audited::Reference(UNIT),
            C::SourceId => Audited::Reference(SOURCE),
        }
    }
}

impl Record for plan_task::Entity {
    const FEED: ChangeType = ChangeType::PlanTask;

    fn audited(column: plan_task::Column) -> Audited {
        use plan_task::Column as C;
        match column {
            C::Id | C::Version => Audited::Never,
            C::Title | C::Kind | C::StartsOn | C::DueOn | C::Status | C::ProgressPercent => Audited::Value,
            C::PlanId => Audited::Reference(PLAN),
            C::LeadId => Audited::Reference(AGENCY),
            C::SourceId => Audited::Reference(SOURCE),
        }
    }
}
