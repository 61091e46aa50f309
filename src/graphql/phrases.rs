//! Messages for requests that are not valid GraphQL or do not fit the schema, in both languages. async-graphql has
//! English messages only; this module recognises and translates them.

use crate::kernel::locale::Message;

/// What a value should have been.
pub(super) enum Expected<'a> {
    /// A scalar with this name.
    Scalar(&'a str),
    /// One of these enum values.
    OneOf(Vec<&'a str>),
    /// An object.
    Object,
    /// An object with exactly one of these fields.
    One(Vec<&'a str>),
}

/// The message for a value that is not what the schema expects.
pub(super) fn expected(path: &str, expected: &Expected<'_>) -> Message {
    let (vi, en) = match expected {
        Expected::Scalar("Int") => ("là một số nguyên 32 bit".to_owned(), "be a whole number of 32 bits".to_owned()),
        Expected::Scalar("Float") => ("là một số".to_owned(), "be a number".to_owned()),
        Expected::Scalar("String") => ("là một chuỗi".to_owned(), "be a string".to_owned()),
        Expected::Scalar("Boolean") => ("là true hoặc false".to_owned(), "be true or false".to_owned()),
        Expected::Scalar("ID") => ("là một định danh".to_owned(), "be an id".to_owned()),
        Expected::Scalar("Cursor") => {
            ("là một con trỏ lấy từ `pageInfo`".to_owned(), "be a cursor from `pageInfo`".to_owned())
        }
        Expected::Scalar("Date") => {
            ("là một ngày, viết như 2025-07-01".to_owned(), "be a day, written like 2025-07-01".to_owned())
        }
        Expected::Scalar("DateTime") => (
            "là một thời điểm, viết như 2025-07-01T00:00:00Z".to_owned(),
            "be an instant, written like 2025-07-01T00:00:00Z".to_owned(),
        ),
        Expected::Scalar("PartialDate") => (
            "là một ngày, viết như 2022, 2022-10 hoặc 2022-10-08".to_owned(),
            "be a date, written like 2022, 2022-10 or 2022-10-08".to_owned(),
        ),
        Expected::Scalar("Period") => (
            "là một kỳ, viết như 2022, 2022-S1, 2022-Q4, 2022-10 hoặc 2022-10-08".to_owned(),
            "be a period, written like 2022, 2022-S1, 2022-Q4, 2022-10 or 2022-10-08".to_owned(),
        ),
        Expected::Scalar(name) => (format!("có kiểu {name}"), format!("be a {name}")),
        Expected::OneOf(words) => {
            (format!("là một trong {}", words.join(", ")), format!("be one of {}", words.join(", ")))
        }
        Expected::Object => ("là một đối tượng {…}".to_owned(), "be an object {…}".to_owned()),
        Expected::One(names) => {
            (format!("có đúng một mục trong {}", names.join(", ")), format!("have just one of {}", names.join(", ")))
        }
    };
    Message::new(format!("`{path}` phải {vi}."), format!("`{path}` must {en}."))
}

/// async-graphql's messages with their translations. `{}` matches a name; the translation refers to names by number.
const SENTENCES: &[(&str, &str)] = &[
    ("Unknown field \"{}\" on type \"{}\".", "Kiểu \"{1}\" không có trường \"{0}\"."),
    ("Cannot query field \"{}\" on type \"{}\".", "Kiểu \"{1}\" không có trường \"{0}\"."),
    ("Unknown argument \"{}\" on field \"{}\" of type \"{}\".", "Trường \"{2}.{1}\" không có đối số \"{0}\"."),
    ("Unknown argument \"{}\" on directive \"{}\".", "Chỉ thị \"@{1}\" không có đối số \"{0}\"."),
    ("Unknown type \"{}\"", "Không có kiểu \"{0}\"."),
    ("Unknown directive \"{}\"", "Không có chỉ thị \"@{0}\"."),
    ("Unknown fragment: \"{}\"", "Không có mảnh \"{0}\"."),
    ("Unknown fragment \"{}\".", "Không có mảnh \"{0}\"."),
    ("Duplicate directive \"{}\"", "Chỉ thị \"@{0}\" chỉ được dùng một lần."),
    ("Directive \"{}\" may not be used on \"{}\"", "Chỉ thị \"@{0}\" không dùng được ở đây."),
    (
        "Directive \"@{}\" argument \"{}\" of type \"{}\" is required but not provided",
        "Chỉ thị \"@{0}\" cần đối số \"{1}\" kiểu {2}.",
    ),
    (
        "Field \"{}\" argument \"{}\" of type \"{}\" is required but not provided",
        "Trường \"{0}\" cần đối số \"{1}\" kiểu {2}.",
    ),
    (
        "Field \"{}\" must not have a selection since type \"{}\" has no subfields",
        "Trường \"{0}\" kiểu {1} không có trường con để chọn.",
    ),
    ("Field \"{}\" of type \"{}\" must have a selection of subfields", "Trường \"{0}\" kiểu {1}: cần chọn trường con."),
    ("Fragment \"{}\" cannot condition non composite type \"{}\"", "Mảnh \"{0}\" không thể dựa trên kiểu \"{1}\"."),
    ("Fragment cannot condition non composite type \"{}\"", "Mảnh không thể dựa trên kiểu \"{0}\"."),
    ("Fragment \"{}\" is never used", "Mảnh \"{0}\" không được dùng."),
    (
        "Fragment \"{}\" cannot be spread here as objects of type \"{}\" can never be of type \"{}\"",
        "Mảnh \"{0}\" không dùng được ở đây: kiểu \"{1}\" không bao giờ là \"{2}\".",
    ),
    (
        "Fragment cannot be spread here as objects of type \"{}\" can never be of type \"{}\"",
        "Mảnh không dùng được ở đây: kiểu \"{0}\" không bao giờ là \"{1}\".",
    ),
    ("Cannot spread fragment \"{}\"", "Mảnh \"{0}\" tự chứa chính nó."),
    ("Variable \"${}\" is not defined by operation \"{}\"", "Thao tác \"{1}\" không khai báo biến \"${0}\"."),
    ("Variable \"${}\" is not defined", "Biến \"${0}\" chưa được khai báo."),
    ("Variable \"${}\" is not used by operation \"{}\"", "Thao tác \"{1}\" không dùng biến \"${0}\"."),
    ("Variable \"${}\" is not used", "Biến \"${0}\" không được dùng."),
    ("Variable \"{}\" cannot be of non-input type \"{}\"", "Biến \"${0}\" không thể có kiểu \"{1}\"."),
    (
        "Variable \"{}\" of type \"{}\" used in position expecting type \"{}\"",
        "Biến \"${0}\" kiểu {1} đứng ở chỗ cần kiểu {2}.",
    ),
    ("There can only be one argument named \"{}\"", "Đối số \"{0}\" chỉ được nêu một lần."),
    ("There can only be one variable named \"${}\"", "Biến \"${0}\" chỉ được khai báo một lần."),
    (
        "Fields \"{}\" conflict because \"{}\" and \"{}\" are different fields.{}",
        "\"{0}\" vừa là trường \"{1}\" vừa là trường \"{2}\": hãy đặt bí danh khác nhau.",
    ),
    (
        "Fields \"{}\" conflict because they have differing arguments.{}",
        "\"{0}\" được hỏi với các đối số khác nhau: hãy đặt bí danh khác nhau.",
    ),
    ("Schema is not configured for {}s.", "Lược đồ không có thao tác {0}."),
    ("Subscriptions are not supported on this transport.", "Không theo dõi (subscription) được qua đường này."),
    ("Invalid default value for argument: {}", "Giá trị mặc định của biến không hợp lệ: {0}."),
    ("Invalid value for argument {}", "Giá trị của đối số không hợp lệ: {0}."),
    ("operation {} is defined twice", "Thao tác \"{0}\" được khai báo hai lần."),
    ("fragment {} is defined twice", "Mảnh \"{0}\" được khai báo hai lần."),
    ("document contains multiple operations", "Truy vấn có nhiều thao tác, nên mỗi thao tác phải có tên."),
    ("document does not contain an operation", "Truy vấn không có thao tác nào."),
];

/// Translates a message of async-graphql; `None` if it says that the document is too large.
pub(super) fn document(said: &str, line: usize, column: usize) -> Option<Message> {
    let (head, alternatives) = said.split_once(" Did you mean ").map_or((said, None), |(h, a)| (h, Some(a)));
    if head.starts_with("recursion limit exceeded") || head.starts_with("The recursion depth of the query") {
        return None;
    }
    // The parser quotes the whole line of the document with an arrow below. Only the reason is kept.
    if head.trim_start().starts_with("--> ") {
        let what = head.rsplit_once("= ").map(|(_, what)| format!(": {}", what.trim())).unwrap_or_default();
        return Some(Message::new(
            format!("Sai cú pháp ở dòng {line}, cột {column}{what}."),
            format!("Syntax error in line {line}, column {column}{what}."),
        ));
    }
    // Replaced, because the parser's own message gives a position inside the number.
    if head.starts_with("invalid number: number out of range") {
        return Some(Message::new(
            format!("Số ở dòng {line}, cột {column} quá lớn."),
            format!("The number in line {line}, column {column} is out of range."),
        ));
    }
    let vietnamese = SENTENCES.iter().find_map(|(english, vietnamese)| {
        let mut said = vietnamese.to_string();
        for (n, name) in names(head, english)?.iter().enumerate() {
            said = said.replace(&format!("{{{n}}}"), name);
        }
        Some(said)
    });
    let mut vietnamese = vietnamese.unwrap_or_else(|| format!("Truy vấn không hợp lệ: {head}"));
    if let Some(alternatives) = alternatives {
        vietnamese.push_str(&format!(" Có lẽ là {alternatives}"));
    }
    Some(Message::new(vietnamese, said.to_owned()))
}

/// The names in a message that fits a pattern; `None` if it does not fit.
fn names<'a>(said: &'a str, sentence: &str) -> Option<Vec<&'a str>> {
    let mut parts = sentence.split("{}");
    let mut rest = said.strip_prefix(parts.next()?)?;
    let mut names = vec![];
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let at = match (parts.peek(), part) {
            (None, "") => rest.len(),
            (None, last) => rest.strip_suffix(last)?.len(),
            (Some(_), part) => rest.find(part)?,
        };
        names.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::locale::Locale;

    fn vietnamese(said: &str) -> String {
        document(said, 1, 2).expect("a message").text(Locale::Vi).to_owned()
    }

    #[test]
    fn the_validators_sentences_are_said_in_vietnamese() {
        assert_eq!(
            vietnamese("Unknown field \"nam\" on type \"AdministrativeUnit\". Did you mean \"name\"?"),
            "Kiểu \"AdministrativeUnit\" không có trường \"nam\". Có lẽ là \"name\"?"
        );
        assert_eq!(vietnamese("Variable \"$a\" is not used"), "Biến \"$a\" không được dùng.");
        assert_eq!(vietnamese("Something quite new"), "Truy vấn không hợp lệ: Something quite new");
    }

    #[test]
    fn a_syntax_error_does_not_repeat_the_document() {
        let said = " --> 1:3\n  |\n1 | { secret(\n  |   ^---\n  |\n  = expected name";
        assert_eq!(vietnamese(said), "Sai cú pháp ở dòng 1, cột 2: expected name.");
    }
}
