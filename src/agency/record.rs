//! How agencies are written: what the audit log shows of each column, and which columns follow from others.

use entity::{agency, kinds::ChangeType};

use crate::{
    citation::{AGENCY, SOURCE, UNIT},
    kernel::{
        text::searched,
        tx::{Audited, Record},
    },
};

impl Record for agency::Entity {
    const FEED: ChangeType = ChangeType::Agency;

    fn audited(column: agency::Column) -> Audited {
        use agency::Column as C;
        match column {
            // The day of the area's name follows from the day for which its code was resolved.
            C::Id | C::AreaOn | C::Version | C::Search => Audited::Never,
            C::Code | C::NameVi | C::NameEn | C::Kind | C::Generic | C::ValidFrom | C::ValidTo => Audited::Value,
            C::AreaId => Audited::Reference(UNIT),
            C::ParentId => Audited::Reference(AGENCY),
            C::SourceId => Audited::Reference(SOURCE),
        }
    }
    fn derive(row: &mut agency::Model) {
        row.search = searched(&row.code, [row.name_vi.as_str(), &row.name_en]);
    }
}
