//! The headings of a table of figures, in Vietnamese or as the API names its fields; marks, case and blanks do not matter.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::table::{Cell, Line};
use crate::kernel::{
    error::{FieldFault, Refusal},
    locale::Message,
    text::{clean, fold, without_invisible},
};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// What is measured, by code.
    Indicator,
    /// Whose it is, by code.
    Area,
    /// When.
    Period,
    /// What it is restricted to.
    Dimension,
    /// The scope, as printed.
    ScopeText,
    /// How much.
    Value,
    /// How to take the value.
    Qualifier,
    /// The numerator.
    Numerator,
    /// The denominator.
    Denominator,
    /// Of a rank: out of how many.
    RankOf,
    /// As printed.
    Text,
    /// What sort of figure.
    Status,
    /// Who may see it.
    Sharing,
    /// The title of the source.
    Title,
    /// Who wrote it.
    Author,
    /// Who published it.
    Publisher,
    /// Who says it there.
    StatedBy,
    /// Where it can be read.
    Url,
    /// When it was published.
    PublishedOn,
    /// Its words.
    Quote,
    /// Why it takes the place of another revision.
    RevisionReason,
}

impl Column {
    /// All of them, in the order of the template.
    pub const ALL: [Column; 21] = [
        Column::Indicator,
        Column::Area,
        Column::Period,
        Column::Dimension,
        Column::ScopeText,
        Column::Value,
        Column::Qualifier,
        Column::Numerator,
        Column::Denominator,
        Column::RankOf,
        Column::Text,
        Column::Status,
        Column::Sharing,
        Column::Title,
        Column::Author,
        Column::Publisher,
        Column::StatedBy,
        Column::Url,
        Column::PublishedOn,
        Column::Quote,
        Column::RevisionReason,
    ];
    /// Those that every file has.
    const REQUIRED: [Column; 4] = [Column::Indicator, Column::Area, Column::Period, Column::Title];

    /// The heading in Vietnamese, and the field as the API names it.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Column::Indicator => ("Chỉ tiêu", "indicator"),
            Column::Area => ("Địa bàn", "area"),
            Column::Period => ("Kỳ", "period"),
            Column::Dimension => ("Phân tổ", "dimension"),
            Column::ScopeText => ("Phạm vi", "scopeText"),
            Column::Value => ("Giá trị", "value"),
            Column::Qualifier => ("Từ hạn định", "qualifier"),
            Column::Numerator => ("Tử số", "numerator"),
            Column::Denominator => ("Mẫu số", "denominator"),
            Column::RankOf => ("Tổng số xếp hạng", "rankOf"),
            Column::Text => ("Nguyên văn", "text"),
            Column::Status => ("Loại số liệu", "status"),
            Column::Sharing => ("Phân loại chia sẻ", "sharing"),
            Column::Title => ("Nguồn", "source.title"),
            Column::Author => ("Tác giả", "source.author"),
            Column::Publisher => ("Đơn vị công bố", "source.publisher"),
            Column::StatedBy => ("Người phát biểu", "source.statedBy"),
            Column::Url => ("Địa chỉ", "source.url"),
            Column::PublishedOn => ("Ngày công bố", "source.publishedOn"),
            Column::Quote => ("Trích dẫn", "source.quote"),
            Column::RevisionReason => ("Lý do sửa đổi", "revisionReason"),
        }
    }
    /// The heading in Vietnamese.
    pub fn heading(self) -> &'static str {
        self.names().0
    }
    /// The field as the API names it.
    pub fn field(self) -> &'static str {
        self.names().1
    }
    /// Whether every file has it, and every row something in it.
    pub fn required(self) -> bool {
        Column::REQUIRED.contains(&self)
    }
    fn headed(heading: &str) -> Option<Column> {
        static KNOWN: LazyLock<HashMap<String, Column>> = LazyLock::new(|| {
            let named = |column: Column| {
                let (vietnamese, field) = column.names();
                [(fold(vietnamese), column), (fold(field), column)]
            };
            Column::ALL.into_iter().flat_map(named).collect()
        });
        // No heading is so long; and a title above the headings may be anything.
        (heading.len() <= 200).then(|| KNOWN.get(&fold(&without_invisible(heading))).copied()).flatten()
    }
}

/// A heading of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// Where it stands, from 0.
    pub at: usize,
    /// What its column holds.
    pub column: Column,
    /// As it is written.
    pub written: String,
}

/// The headings of a file: each known, none twice, none missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Headings(Vec<Heading>);

/// Which of the first lines has the headings: the first of those with the most of them; `None` where none has any.
pub(super) fn line(top: &[Line]) -> Option<usize> {
    let scores = top.iter().map(known).enumerate();
    let best = scores.rev().max_by_key(|(_, known)| *known)?;
    (best.1 > 0).then_some(best.0)
}

/// How many headings of a line are known.
pub(super) fn known(line: &Line) -> usize {
    line.cells.iter().filter(|(_, cell)| Column::headed(&cell.written()).is_some()).count()
}

/// Whether a line has the headings that every file has.
pub(super) fn complete(line: &Line) -> bool {
    let found: HashSet<Column> = line.cells.iter().filter_map(|(_, cell)| Column::headed(&cell.written())).collect();
    Column::REQUIRED.iter().all(|column| found.contains(column))
}

impl Headings {
    /// Reads the line that has them.
    ///
    /// # Errors
    /// BAD_USER_INPUT naming every heading that is unknown, doubled or missing.
    pub fn read(line: Option<&Line>) -> Result<Self, Refusal> {
        let (mut headings, mut faults) = (Vec::<Heading>::new(), vec![]);
        for (at, cell) in line.map(|line| line.cells.as_slice()).unwrap_or_default() {
            let written = clean(&cell.written());
            match Column::headed(&written).filter(|_| matches!(cell, Cell::Text(_))) {
                None => faults.push(unknown(&written)),
                Some(column) if headings.iter().any(|heading| heading.column == column) => {
                    faults.push(doubled(&written, column));
                }
                Some(column) => headings.push(Heading { at: *at, column, written }),
            }
        }
        let missing = Column::REQUIRED.into_iter().filter(|column| !headings.iter().any(|h| h.column == *column));
        faults.extend(missing.map(lacking));
        Refusal::unless_empty(faults)?;
        Ok(Headings(headings))
    }
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Heading> {
        self.0.iter()
    }
    /// The one below which a field stands.
    pub fn of_field(&self, field: &str) -> Option<&Heading> {
        self.iter().find(|heading| heading.column.field() == field)
    }
}

fn fault(path: &str, code: &'static str, vi: String, en: String) -> FieldFault {
    FieldFault { path: super::shortened(path), code, message: Message::new(vi, en) }
}

fn unknown(written: &str) -> FieldFault {
    let short = super::shortened(written);
    fault(
        written,
        "UNKNOWN_COLUMN",
        format!("Không có cột nào tên \"{short}\"; xem các tên cột trong tệp mẫu."),
        format!("No column is named \"{short}\"; the template has the names."),
    )
}

fn doubled(written: &str, column: Column) -> FieldFault {
    fault(
        written,
        "DUPLICATE_COLUMN",
        format!("Cột {} có hai lần.", column.heading()),
        format!("The column {} ({}) is there twice.", column.heading(), column.field()),
    )
}

fn lacking(column: Column) -> FieldFault {
    fault(
        column.heading(),
        "MISSING_COLUMN",
        format!("Thiếu cột {}.", column.heading()),
        format!("The column {} ({}) is missing.", column.heading(), column.field()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: usize, texts: &[&str]) -> Line {
        let cells = texts.iter().enumerate().map(|(at, text)| (at, Cell::Text((*text).to_owned())));
        Line { number, cells: cells.collect(), hidden: false }
    }

    #[test]
    fn headings_are_known_by_either_name() {
        for column in Column::ALL {
            let shouted = column.heading().to_uppercase();
            for name in [column.heading(), column.field(), &shouted, &format!("  {} * ", column.heading())] {
                assert_eq!(Column::headed(name), Some(column), "{name}");
            }
        }
        assert_eq!(Column::headed("Don vi cong bo"), Some(Column::Publisher));
        assert_eq!(Column::headed("Giá"), None);
        assert_eq!(Column::headed(""), None);
    }

    #[test]
    fn headings_may_stand_below_titles() {
        let top = [line(1, &["Báo cáo"]), line(3, &["Kỳ"]), line(4, &["Kỳ", "Giá trị"]), line(5, &["period", "value"])];
        assert_eq!(super::line(&top), Some(2));
        assert_eq!(super::line(top.get(..1).expect("one")), None);
        assert_eq!(super::line(&[]), None);
    }

    #[test]
    fn every_bad_heading_is_named() {
        let bad = line(1, &["Chỉ tiêu", "indicator", "Ghi chú", "Kỳ"]);
        let refusal = Headings::read(Some(&bad)).expect_err("it is refused");
        let found: Vec<_> = refusal.fields.iter().map(|f| (f.path.as_str(), f.code)).collect();
        assert_eq!(
            found,
            [
                ("indicator", "DUPLICATE_COLUMN"),
                ("Ghi chú", "UNKNOWN_COLUMN"),
                ("Địa bàn", "MISSING_COLUMN"),
                ("Nguồn", "MISSING_COLUMN")
            ]
        );
    }
}
