//! What each column of a table of figures is for, told to who fills it in: the notes and the guide of the template.

use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

use super::{headings::Column, template::heading};

/// What is told of a column: in Vietnamese, in English, and an example.
fn told(column: Column) -> [&'static str; 3] {
    match column {
        Column::Indicator => [
            "Mã chỉ tiêu, chọn từ trang Danh mục; phần tên sau mã được bỏ qua.",
            "The indicator's code, from the sheet Danh mục; a name after the code is passed over.",
            "fibre_route_km",
        ],
        Column::Area => [
            "Mã đơn vị hành chính: hai chữ số, hoặc VN cho cả nước. Mã được hiểu vào ngày cuối của kỳ: số liệu trước 01/07/2025 dùng mã ở trang Tỉnh cũ.",
            "The code of the territorial unit: two digits, or VN for the country. It is read on the period's last day: figures from before 2025-07-01 take the codes on the sheet Tỉnh cũ.",
            "25 - Phú Thọ",
        ],
        Column::Period => [
            "Kỳ số liệu: năm, nửa năm, quý, tháng hoặc ngày.",
            "The period: a year, a half-year, a quarter, a month or a day.",
            "2025; 2025-S1; Quý I/2025; 10/2025; 31/10/2025",
        ],
        Column::Dimension => [
            "Số liệu chỉ tính cho nhóm nào (giới, khu vực…); để trống nếu tính chung.",
            "What the figure is restricted to (sex, region…); empty for none.",
            "nông thôn",
        ],
        Column::ScopeText => {
            ["Phạm vi hoặc mẫu số, như nguồn in.", "The scope or the denominator, as printed.", "trên 100 dân"]
        }
        Column::Value => [
            "Giá trị, theo đơn vị tính của chỉ tiêu. Ô được đọc như định dạng hiển thị: 85% là 85, không phải 0,85. Không dùng công thức.",
            "The value, in the indicator's unit. A cell is read as its number format shows it: 85% is 85, not 0.85. No formulas.",
            "1.207.233; 93,66",
        ],
        Column::Qualifier => [
            "Từ đứng trước con số: khoảng, trên, hơn, gần, tối thiểu, tối đa, tốp; để trống nếu chính xác.",
            "The word before the number: about, over, under, at least, at most, top; empty for an exact one.",
            "khoảng",
        ],
        Column::Numerator => ["Tử số, nếu nguồn nêu.", "The numerator, where it is printed.", "1.207.233"],
        Column::Denominator => ["Mẫu số, nếu nguồn nêu.", "The denominator, where it is printed.", "1.311.388"],
        Column::RankOf => ["Với thứ hạng: trong tổng số bao nhiêu đơn vị.", "Of a rank: out of how many.", "34"],
        Column::Text => [
            "Con số đúng như nguồn in, cả chữ đứng cạnh.",
            "The figure as the source prints it, with the words beside it.",
            "gần 85 thuê bao/100 dân",
        ],
        Column::Status => [
            "Chính thức (mặc định), sơ bộ, ước tính, dự báo, gãy chuỗi, khác định nghĩa, không có số liệu.",
            "Official (the default), provisional, estimated, forecast, break, definition differs, missing.",
            "chính thức",
        ],
        Column::Sharing => [
            "Theo Luật Dữ liệu: dữ liệu mở (mặc định), dữ liệu dùng chung, dữ liệu dùng riêng.",
            "By the Data Law: open (the default), shared or private data.",
            "dữ liệu mở",
        ],
        Column::Title => [
            "Tên bài hoặc văn bản nêu con số.",
            "The title of the article or document that tells the figure.",
            "Báo cáo tình hình kinh tế – xã hội năm 2025",
        ],
        Column::Author => ["Tác giả của nguồn.", "Who wrote it.", "Nguyễn Văn A"],
        Column::Publisher => ["Cơ quan công bố nguồn.", "Who published it.", "Cục Thống kê tỉnh Phú Thọ"],
        Column::StatedBy => {
            ["Người nói con số đó trong nguồn.", "Who says it there.", "Giám đốc Sở Khoa học và Công nghệ"]
        }
        Column::Url => ["Địa chỉ của nguồn trên mạng.", "Where the source can be read.", "https://example.vn/bao-cao"],
        Column::PublishedOn => [
            "Ngày công bố, chính xác đến mức nguồn nêu.",
            "When it was published, as precise as the source is.",
            "31/10/2025; 10/2025; 2025",
        ],
        Column::Quote => [
            "Câu trong nguồn nêu con số, nguyên văn.",
            "The words that tell the figure, verbatim.",
            "thuê bao băng rộng di động đạt 88,9 thuê bao/100 dân",
        ],
        Column::RevisionReason => [
            "Vì sao thay con số đã có; chỉ khi sửa đổi.",
            "Why it takes the place of a figure that is known; only for a revision.",
            "Số liệu chính thức thay số liệu sơ bộ",
        ],
    }
}

/// What holds for the whole table, in both languages.
const RULES: [[&str; 2]; 8] = [
    [
        "Điền vào trang Số liệu, mỗi con số một dòng, nhiều nhất 10.000 dòng và 16 MiB. Cột chữ đỏ là bắt buộc; cột không dùng có thể xoá.",
        "Fill in the sheet Số liệu, a figure a row, at most 10,000 rows and 16 MiB. Headings in red are required; a column that is not used may be deleted.",
    ],
    [
        "Số viết theo cách Việt Nam (1.207.233; 93,66) hoặc 1,207,233 và 93.66. Với \"1.234\" ở dạng chữ, cách viết được suy từ các số khác trong tệp, hoặc chọn bằng numbers=vi, numbers=plain.",
        "Numbers are in Vietnamese notation (1.207.233; 93,66) or written 1,207,233 and 93.66. What \"1.234\" means, as a text, is told by the file's other numbers, or by numbers=vi, numbers=plain.",
    ],
    [
        "Mỗi số có nhiều nhất 15 chữ số có nghĩa, như bảng tính hiển thị.",
        "A number has at most 15 significant digits, as spreadsheets show it.",
    ],
    [
        "Ô có công thức hoặc lỗi (#N/A) bị từ chối: hãy dán giá trị.",
        "Cells with formulas or errors (#N/A) are refused: paste values.",
    ],
    ["Tệp có macro hoặc mật khẩu bị từ chối.", "Files with macros or a password are refused."],
    [
        "Tệp CSV phải là UTF-8; dấu phân cách là dấu phẩy, chấm phẩy hoặc tab.",
        "A CSV file is UTF-8, with commas, semicolons or tabs between the cells.",
    ],
    [
        "Trên dòng tiêu đề có thể có nhiều nhất 10 dòng tên bảng.",
        "Above the headings there may be up to 10 lines of titles.",
    ],
    [
        "Gửi tệp: POST /import/observations, hoặc lienthong import TỆP. Thử trước bằng dryRun=true hoặc --dry-run.",
        "To send the file: POST /import/observations, or lienthong import FILE. Try it first with dryRun=true or --dry-run.",
    ],
];

/// What the note at a heading says.
pub(super) fn note(column: Column) -> String {
    let [vi, en, example] = told(column);
    let required = if column.required() { "Bắt buộc. " } else { "" };
    format!("{required}{vi}\n\n{}: {en}\n\nVí dụ: {example}", column.field())
}

/// Whether spreadsheets must leave a column's cells as they are typed.
pub(super) fn is_text(column: Column) -> bool {
    !matches!(column, Column::Value | Column::Numerator | Column::Denominator | Column::RankOf)
}

/// How wide a column is, in characters.
pub(super) fn width(column: Column) -> f64 {
    match column {
        Column::Indicator | Column::Title | Column::Text | Column::Quote => 36.0,
        Column::Area | Column::Publisher | Column::Url | Column::RevisionReason => 24.0,
        _ => 16.0,
    }
}

/// The sheet that explains every column.
pub(super) fn sheet(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Hướng dẫn")?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (at, (name, width)) in (0u16..).zip([
        ("Tên cột", 22.0),
        ("Tên trong API (field)", 22.0),
        ("Bắt buộc (required)", 12.0),
        ("Ý nghĩa", 60.0),
        ("Meaning", 60.0),
        ("Ví dụ (example)", 40.0),
    ]) {
        sheet.set_column_width(at, width)?.write_string_with_format(0, at, name, &heading())?;
    }
    let mut row = 1;
    for column in Column::ALL {
        let [vi, en, example] = told(column);
        let required = if column.required() { "x" } else { "" };
        let cells = [column.heading(), column.field(), required, vi, en, example];
        for (at, text) in (0u16..).zip(cells) {
            sheet.write_string_with_format(row, at, text, &wrapped)?;
        }
        row += 1;
    }
    for [vi, en] in RULES {
        row += 1;
        sheet.write_string_with_format(row, 3, vi, &wrapped)?.write_string_with_format(row, 4, en, &wrapped)?;
    }
    Ok(())
}
