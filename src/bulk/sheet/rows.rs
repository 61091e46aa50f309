//! What the rows of a table say: an order for the command, or every fault of them; and what may be wrong with those that are taken.

use entity::kinds::{ObservationStatus, Qualifier, SharingClass};

use super::{
    fields::{Cells, Reading},
    headings::Column,
    numbers::{self, Notation},
    table::{Cell, Line, Table},
};
use crate::{
    citation::NewSource,
    indicator::{
        NewObservation,
        import::{Row, RowFault},
        warnings,
    },
    kernel::locale::Message,
};

/// The columns whose cells are numbers.
const NUMBERS: [Column; 4] = [Column::Value, Column::Numerator, Column::Denominator, Column::RankOf];

/// The rows of a table. `otherwise` is the notation of numbers where the file's own do not show one.
pub(super) fn rows(table: &Table, told: Option<Notation>, otherwise: Option<Notation>) -> Vec<Row> {
    let reading = match told {
        Some(notation) => Reading::Told(notation),
        None => Reading::Shown(numbers::shown(number_texts(table)).or(otherwise)),
    };
    table.lines.iter().map(|line| row(table, line, reading)).collect()
}

fn number_texts(table: &Table) -> impl Iterator<Item = &str> {
    let columns: Vec<usize> =
        table.headings.iter().filter(|h| NUMBERS.contains(&h.column)).map(|heading| heading.at).collect();
    table.lines.iter().flat_map(|line| &line.cells).filter_map(move |(at, cell)| match cell {
        Cell::Text(text) if columns.contains(at) => Some(text.as_str()),
        _ => None,
    })
}

fn row(table: &Table, line: &Line, reading: Reading) -> Row {
    let mut cells = Cells::new(table, line, reading);
    // A note beside the table is one fault, not one for everything that its line lacks.
    let order = if cells.is_empty() { None } else { order(&mut cells) };
    let faults = cells.into_faults();
    let order = order.filter(|_| faults.is_empty());
    Row { number: line.number, order: order.ok_or(faults) }
}

/// The order, as far as it can be read: all faults are noted on the way.
fn order(cells: &mut Cells<'_>) -> Option<NewObservation> {
    let indicator = cells.code(Column::Indicator);
    let area = cells.area();
    let period = cells.period();
    let dimension = cells.key(Column::Dimension).unwrap_or_default();
    let scope_text = cells.text(Column::ScopeText);
    let value = cells.number(Column::Value);
    let qualifier = cells.word(Column::Qualifier).unwrap_or(Qualifier::Exact);
    let numerator = cells.number(Column::Numerator);
    let denominator = cells.number(Column::Denominator);
    let rank_of = cells.count(Column::RankOf);
    let text = cells.printed();
    let status = cells.word(Column::Status).unwrap_or(ObservationStatus::Official);
    let sharing = cells.word(Column::Sharing).unwrap_or(SharingClass::Open);
    let source = NewSource {
        title: cells.text(Column::Title),
        author: cells.text(Column::Author),
        publisher: cells.text(Column::Publisher),
        stated_by: cells.text(Column::StatedBy),
        url: cells.text(Column::Url),
        published_on: cells.day(),
        quote: cells.text(Column::Quote),
    };
    let revision_reason = cells.text(Column::RevisionReason);
    for column in Column::ALL.into_iter().filter(|column| column.required()) {
        if !cells.has(column) {
            cells.fault(column, "REQUIRED", "Ô này không được để trống.", "The cell must not be empty.");
        }
    }
    Some(NewObservation {
        indicator: indicator?,
        area: area?,
        on: None,
        period: period?,
        period_inferred: false,
        as_of_text: None,
        value,
        qualifier,
        numerator,
        denominator,
        rank_of,
        text,
        dimension,
        scope_text,
        status,
        sharing,
        source,
        revision_reason,
        revises: None,
    })
}

/// What may be wrong in a table that is taken all the same: rows and columns that the file hides, text from before Unicode.
pub(super) fn warnings(table: &Table) -> Vec<RowFault> {
    let mut found = vec![];
    for heading in table.headings.iter().filter(|heading| table.hidden_columns.contains(&heading.at)) {
        let message = Message::new(
            format!("Cột \"{}\" bị ẩn trong tệp; các ô của cột vẫn được đọc.", heading.written),
            format!("The column \"{}\" is hidden in the file; its cells are read all the same.", heading.written),
        );
        let (row, field) = (table.headed, Some(heading.column.field().to_owned()));
        found.push(RowFault { row, field, code: "HIDDEN_COLUMN".to_owned(), message });
    }
    for line in &table.lines {
        if line.hidden {
            let message = Message::new(
                "Dòng này bị ẩn trong tệp (ẩn dòng hoặc bộ lọc) nhưng vẫn được đọc.",
                "The row is hidden in the file, by hand or by a filter, and is read all the same.",
            );
            found.push(RowFault { row: line.number, field: None, code: "HIDDEN_ROW".to_owned(), message });
        }
        for (at, cell) in &line.cells {
            let heading = table.headings.iter().find(|heading| heading.at == *at);
            if let (Some(heading), Cell::Text(text)) = (heading, cell) {
                found.extend(warnings::of_text(line.number, heading.column.field(), text));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::csv, *};
    use crate::kernel::error::FieldFault;

    fn orders(text: &str, told: Option<Notation>) -> Vec<std::result::Result<NewObservation, Vec<&'static str>>> {
        let (table, otherwise) = csv::read(text.as_bytes()).expect("it is read");
        let codes = |faults: Vec<FieldFault>| faults.iter().map(|fault| fault.code).collect();
        rows(&table, told, otherwise).into_iter().map(|row| row.order.map_err(codes)).collect()
    }

    fn values(numbers: &[&str], told: Option<Notation>) -> Vec<std::result::Result<Option<f64>, Vec<&'static str>>> {
        let rows: String = numbers.iter().map(|number| format!("x\t25\t2030\t{number}\tx\n")).collect();
        let text = format!("indicator\tarea\tperiod\tvalue\tsource.title\n{rows}");
        orders(&text, told).into_iter().map(|order| order.map(|order| order.value)).collect()
    }

    #[test]
    fn a_row_is_an_order() {
        let text = "Chỉ tiêu;Địa bàn;Kỳ;Phân tổ;Phạm vi;Giá trị;Từ hạn định;Tử số;Mẫu số;Tổng số xếp hạng;Nguyên văn;\
             Loại số liệu;Phân loại chia sẻ;Nguồn;Tác giả;Đơn vị công bố;Người phát biểu;Địa chỉ;Ngày công bố;Trích dẫn;\
             Lý do sửa đổi\n\
             phone - Thuê bao;1;Quý I/2030;nữ;trên 100 dân;1.207,5;khoảng;1.207;1.311.388;34;khoảng 1.207,5;sơ bộ;dùng chung;\
             T;A;P;S;https://x.vn;10/2030;Q;R\n\
             phone;25 - Phú Thọ;2030;;;;;;;;;;;T;;;;;;;\n";
        let whole = NewObservation {
            indicator: "phone".to_owned(),
            area: "01".to_owned(),
            on: None,
            period: "2030-Q1".parse().expect("a period"),
            period_inferred: false,
            as_of_text: None,
            value: Some(1207.5),
            qualifier: Qualifier::About,
            numerator: Some(1207.0),
            denominator: Some(1_311_388.0),
            rank_of: Some(34),
            text: Some("khoảng 1.207,5".to_owned()),
            dimension: "nữ".to_owned(),
            scope_text: Some("trên 100 dân".to_owned()),
            status: ObservationStatus::Provisional,
            sharing: SharingClass::Shared,
            source: NewSource {
                title: Some("T".to_owned()),
                author: Some("A".to_owned()),
                publisher: Some("P".to_owned()),
                stated_by: Some("S".to_owned()),
                url: Some("https://x.vn".to_owned()),
                published_on: "2030-10".parse().ok(),
                quote: Some("Q".to_owned()),
            },
            revision_reason: Some("R".to_owned()),
            revises: None,
        };
        let bare = NewObservation {
            area: "25".to_owned(),
            period: "2030".parse().expect("a period"),
            value: None,
            qualifier: Qualifier::Exact,
            numerator: None,
            denominator: None,
            rank_of: None,
            text: None,
            dimension: String::new(),
            scope_text: None,
            status: ObservationStatus::Official,
            sharing: SharingClass::Open,
            source: NewSource { title: Some("T".to_owned()), ..NewSource::default() },
            revision_reason: None,
            revises: None,
            ..whole.clone()
        };
        assert_eq!(orders(text, None), [Ok(whole), Ok(bare)]);
    }

    #[test]
    fn a_number_is_read_as_the_others_show() {
        let refused = |code| Err(vec![code]);
        assert_eq!(values(&["1.234", "93,66"], None), [Ok(Some(1234.0)), Ok(Some(93.66))]);
        assert_eq!(values(&["1.234", "93.66"], None), [Ok(Some(1.234)), Ok(Some(93.66))]);
        assert_eq!(values(&["1,234", "93.66"], None), [Ok(Some(1234.0)), Ok(Some(93.66))]);
        assert_eq!(values(&["1.234"], None), [refused("AMBIGUOUS_NUMBER")]);
        assert_eq!(values(&["1.234"], Some(Notation::Vietnamese)), [Ok(Some(1234.0))]);
        assert_eq!(values(&["1.234"], Some(Notation::Plain)), [Ok(Some(1.234))]);
        // What somebody says holds against what the file shows.
        let told = values(&["1.234", "93.66"], Some(Notation::Vietnamese));
        assert_eq!(told, [Ok(Some(1234.0)), refused("INVALID_NUMBER")]);
        let semicolons = "indicator;area;period;value;source.title\nx;25;2030;1.234;x\n";
        assert_eq!(orders(semicolons, None).remove(0).map(|order| order.value), Ok(Some(1234.0)));
    }

    #[test]
    fn what_cannot_be_read_is_told_all_at_once() {
        let text =
            "indicator,area,period,value,qualifier,rankOf,source.title,source.publishedOn\n=1,,nay,x,y,\"1,5\",,z,!\n";
        let faults = orders(text, None).remove(0).expect_err("it has faults");
        assert_eq!(
            faults,
            [
                "NO_HEADING",
                "FORMULA",
                "INVALID_PERIOD",
                "INVALID_NUMBER",
                "UNKNOWN_WORD",
                "NOT_WHOLE",
                "INVALID_DATE",
                "REQUIRED",
                "REQUIRED"
            ]
        );
    }
}
