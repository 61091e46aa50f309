//! How legal documents are written, and what the audit log calls the records that columns of any table point to.

use entity::{kinds::ChangeType, legal_document};

use crate::kernel::{
    text::searched,
    tx::{Audited, Named, Record},
};

/// An agency in the audit log: its code.
pub const AGENCY: Named = Named { table: "agency", by: &["code"] };
/// A legal document in the audit log: its code.
pub const LEGAL_DOCUMENT: Named = Named { table: "legal_document", by: &["code"] };
/// A source in the audit log: its title, its address and what it says.
pub const SOURCE: Named = Named { table: "source", by: &["title", "url", "quote"] };
/// A unit in the audit log: its code and its first day, because a code may be given to another unit.
pub const UNIT: Named = Named { table: "unit", by: &["code", "valid_from"] };

impl Record for legal_document::Entity {
    const FEED: ChangeType = ChangeType::LegalDocument;

    fn audited(column: legal_document::Column) -> Audited {
        use legal_document::Column as C;
        match column {
            C::Id | C::Version | C::Search => Audited::Never,
            C::Code | C::Number | C::Title | C::Kind | C::Issuer | C::IssuedOn => Audited::Value,
            C::InForceFrom | C::InForceTo | C::Verified => Audited::Value,
            C::IssuingAgencyId => Audited::Reference(AGENCY),
            C::AreaId => Audited::Reference(UNIT),
        }
    }
    fn derive(row: &mut legal_document::Model) {
        row.search = searched(&row.code, [row.number.as_str()].into_iter().chain(row.title.as_deref()));
    }
}
