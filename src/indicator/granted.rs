//! Which figures a caller reads that only a grant opens: they are noted while they are answered, or something is worked out of
//! them, to be written down when the request is over.

use entity::{
    ids::{IndicatorId, ObservationId, UnitId},
    kinds::SharingClass,
    observation::Column,
};
use sea_orm::{ActiveEnum, QueryResult};

use super::input::Input;
use crate::kernel::{error::Result, op::Op};

/// What of a figure tells under which right it is read.
pub const TELLING: [Column; 5] = [Column::Id, Column::IndicatorId, Column::AreaId, Column::Sharing, Column::RecordedBy];

/// Whether the caller may have grants at all.
pub fn may(op: &Op) -> bool {
    op.scope().granted.is_some()
}

/// Notes rows of figures that are answered. What is open to everybody, and what the caller recorded itself, is read in its own right.
///
/// # Errors
/// When a row is not what it should be.
pub fn note_rows(op: &Op, rows: &[QueryResult], at: &[usize]) -> Result<()> {
    let &[id, indicator, area, sharing, by] = at else { return Ok(()) };
    let own = op.scope().own;
    for row in rows {
        let class: String = row.try_get_by_index(sharing)?;
        if class == SharingClass::Open.to_value() {
            continue;
        }
        if let Some(own) = &own
            && row.try_get_by_index::<String>(by)? == *own
        {
            continue;
        }
        let of = (IndicatorId(row.try_get_by_index(indicator)?), UnitId(row.try_get_by_index(area)?));
        op.note_read(of, ObservationId(row.try_get_by_index(id)?));
    }
    Ok(())
}

/// Notes figures of which something is worked out that is answered.
pub fn note<'a>(op: &Op, figures: impl IntoIterator<Item = &'a Input>) {
    if !may(op) {
        return;
    }
    let own = op.scope().own;
    let granted = |f: &&Input| f.sharing != SharingClass::Open && own.as_ref() != Some(&f.recorded_by);
    for figure in figures.into_iter().filter(granted) {
        op.note_read((figure.indicator_id, figure.area_id), figure.id);
    }
}

/// How few may see what is of a class: the more, the fewer.
pub fn secrecy(class: SharingClass) -> u8 {
    match class {
        SharingClass::Open => 0,
        SharingClass::Shared => 1,
        SharingClass::Private => 2,
    }
}

/// The class of what is worked out of figures: the strictest of theirs. None, of none.
pub fn strictest<'a>(figures: impl IntoIterator<Item = &'a Input>) -> Option<SharingClass> {
    figures.into_iter().map(|figure| figure.sharing).max_by_key(|class| secrecy(*class))
}
