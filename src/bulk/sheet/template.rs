//! The workbook to fill in: made from the codes that the database has, so that lists can be chosen from.

use entity::kinds::{ObservationStatus, Qualifier, SharingClass};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Note,
    Workbook, Worksheet, XlsxError,
};

use chrono::Datelike;

use super::{guide, headings::Column, words};
use crate::{
    indicator::{self, import::MOST_ROWS},
    kernel::{
        error::{Broken, Result},
        op::Op,
    },
    territory,
};

/// The sheet with the lists.
const LISTS: &str = "Danh mục";

/// What can be chosen from.
struct Lists {
    /// Code, name in both languages, unit.
    indicators: Vec<[String; 3]>,
    /// The country and the provinces of today: code and name.
    areas: Vec<String>,
    /// The provinces that are no more: code, name, first and last day.
    former: Vec<[String; 4]>,
}

/// Makes the workbook.
///
/// # Errors
/// The database's.
pub async fn template(op: &Op) -> Result<Vec<u8>> {
    let lists = lists(op).await?;
    Ok(workbook(op, &lists).map_err(Broken::new)?)
}

async fn lists(op: &Op) -> Result<Lists> {
    let mut indicators: Vec<[String; 3]> = op
        .find(indicator::store::visible(op))
        .await?
        .into_iter()
        .map(|known| [format!("{} - {}", known.code, known.name_vi), known.name_en, known.unit])
        .collect();
    indicators.sort();
    let (mut areas, mut former) = (vec![], vec![]);
    for (unit, version) in territory::store::provinces_ever(op).await? {
        let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        match unit.valid_to.is_some_and(|last| last < op.today()) {
            true => former.push([unit.code, version.full_name_vi, day(unit.valid_from), day(unit.valid_to)]),
            false => areas.push(format!("{} - {}", unit.code, version.name_vi)),
        }
    }
    Ok(Lists { indicators, areas, former })
}

fn workbook(op: &Op, lists: &Lists) -> std::result::Result<Vec<u8>, XlsxError> {
    let today = op.today();
    let (month, day) = (today.month() as u8, today.day() as u8);
    let created = ExcelDateTime::from_ymd(u16::try_from(today.year()).unwrap_or_default(), month, day)?;
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_title("Số liệu – LienThong").set_creation_datetime(&created));
    figures(workbook.add_worksheet(), lists)?;
    guide::sheet(workbook.add_worksheet())?;
    choices(workbook.add_worksheet(), lists)?;
    former(workbook.add_worksheet(), lists)?;
    workbook.save_to_buffer()
}

/// How headings look.
pub(super) fn heading() -> Format {
    Format::new().set_bold().set_background_color(Color::RGB(0xDD_EB_F7)).set_text_wrap().set_align(FormatAlign::Top)
}

/// The sheet to fill in.
fn figures(sheet: &mut Worksheet, lists: &Lists) -> std::result::Result<(), XlsxError> {
    sheet.set_name("Số liệu")?.set_freeze_panes(1, 0)?;
    let required = heading().set_font_color(Color::RGB(0xC0_00_00));
    let text = Format::new().set_num_format("@");
    for (at, column) in (0u16..).zip(Column::ALL) {
        // Otherwise spreadsheets make a number of 01, and a day of 10/2025.
        if guide::is_text(column) {
            sheet.set_column_format(at, &text)?;
        }
        sheet.set_column_width(at, guide::width(column))?;
        let format = if column.required() { required.clone() } else { heading() };
        sheet.write_string_with_format(0, at, column.heading(), &format)?;
        let note = Note::new(guide::note(column)).add_author_prefix(false).set_width(320).set_height(140);
        sheet.insert_note(0, at, &note)?;
        if let Some((letter, entries)) = list(column, lists) {
            let formula = Formula::new(format!("='{LISTS}'!${letter}$2:${letter}${}", entries + 1));
            // What is chosen from the list is known to be right; codes of former provinces are so too.
            let choice = DataValidation::new()
                .allow_list_formula(formula)
                .set_error_style(DataValidationErrorStyle::Warning)
                .set_error_title("Không có trong danh mục")?
                .set_error_message("Giá trị này không có trong trang Danh mục. Vẫn giữ?")?;
            let last = u32::try_from(MOST_ROWS).unwrap_or(u32::MAX);
            sheet.add_data_validation(1, at, last, at, &choice)?;
        }
    }
    Ok(())
}

/// Where the list of a column stands, and how long it is.
fn list(column: Column, lists: &Lists) -> Option<(char, usize)> {
    let (letter, entries) = match column {
        Column::Indicator => ('A', lists.indicators.len()),
        Column::Area => ('D', lists.areas.len()),
        Column::Qualifier => ('E', words::offered::<Qualifier>().len()),
        Column::Status => ('F', words::offered::<ObservationStatus>().len()),
        Column::Sharing => ('G', words::offered::<SharingClass>().len()),
        _ => return None,
    };
    (entries > 0).then_some((letter, entries))
}

/// The sheet with the lists.
fn choices(sheet: &mut Worksheet, lists: &Lists) -> std::result::Result<(), XlsxError> {
    sheet.set_name(LISTS)?.set_freeze_panes(1, 0)?;
    let of = |part: usize| lists.indicators.iter().filter_map(move |known| known.get(part)).cloned().collect();
    let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
    let columns: [(&str, f64, Vec<String>); 7] = [
        (Column::Indicator.heading(), 60.0, of(0)),
        ("Indicator", 50.0, of(1)),
        ("Đơn vị tính", 20.0, of(2)),
        (Column::Area.heading(), 25.0, lists.areas.clone()),
        (Column::Qualifier.heading(), 18.0, owned(words::offered::<Qualifier>())),
        (Column::Status.heading(), 18.0, owned(words::offered::<ObservationStatus>())),
        (Column::Sharing.heading(), 22.0, owned(words::offered::<SharingClass>())),
    ];
    for (at, (name, width, entries)) in (0u16..).zip(columns) {
        sheet.set_column_width(at, width)?.write_string_with_format(0, at, name, &heading())?;
        sheet.write_column(1, at, entries)?;
    }
    Ok(())
}

/// The sheet with the provinces that are no more: their figures keep their codes.
fn former(sheet: &mut Worksheet, lists: &Lists) -> std::result::Result<(), XlsxError> {
    sheet.set_name("Tỉnh cũ")?.set_freeze_panes(1, 0)?;
    for (at, (name, width)) in
        (0u16..).zip([("Mã (code)", 12.0), ("Tên (name)", 30.0), ("Từ ngày (from)", 16.0), ("Đến ngày (to)", 16.0)])
    {
        sheet.set_column_width(at, width)?.write_string_with_format(0, at, name, &heading())?;
    }
    for (row, province) in (1u32..).zip(&lists.former) {
        sheet.write_row(row, 0, province)?;
    }
    Ok(())
}
