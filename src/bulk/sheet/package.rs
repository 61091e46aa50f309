//! What a file is, before anything reads what it says: a workbook (.xlsx) is an archive, and archives can be made to burst.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::refused;
use crate::kernel::{error::Refusal, locale::Message};

/// How many entries a workbook may have.
const ENTRIES: usize = 200;

/// How long all its entries may be together, unpacked, in bytes.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// Old Office files, and new ones with a password.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// What the first bytes tell of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// An archive: perhaps a workbook.
    Archive,
    /// No archive, and nothing else that has a name: perhaps a text.
    Text,
}

/// What a file looks like.
///
/// # Errors
/// WRONG_TYPE for what is neither a text nor an archive, with what it is; ENCRYPTED.
pub(super) fn looks(bytes: &[u8]) -> Result<Looks, Refusal> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(Looks::Archive);
    }
    if bytes.starts_with(COMPOUND) {
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        return Err(match bytes.windows(name.len()).any(|window| window == name) {
            true => encrypted(),
            false => wrong_type(
                "Đây là tệp Office kiểu cũ (.xls); hãy lưu lại thành .xlsx.",
                "This is an Office file of the old kind (.xls); save it as .xlsx.",
            ),
        });
    }
    if bytes.starts_with(b"%PDF") {
        return Err(wrong_type("Đây là tệp PDF, không phải bảng tính.", "This is a PDF, not a spreadsheet."));
    }
    Ok(Looks::Text)
}

/// The parts of a workbook that say something, in an archive that nothing has to be unpacked from: its texts, each bounded and
/// looked through. What is left out (pictures, settings of printers) nobody reads.
///
/// # Errors
/// WRONG_TYPE, MACRO, ENCRYPTED, TOO_LARGE, BROKEN_FILE.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    if archive.len() > ENTRIES || archive.has_duplicate_names() {
        return Err(too_large());
    }
    let raw = archive.file_names_raw();
    let names: Vec<String> = raw.map(|name| String::from_utf8_lossy(name).replace('\\', "/")).collect();
    is_workbook(&names)?;
    let mut left = UNPACKED;
    let mut texts = ZipWriter::new(Cursor::new(vec![]));
    for (n, name) in names.iter().enumerate() {
        // The sizes that an archive declares are its word against ours.
        let entry = archive.by_index(n).map_err(|error| unreadable(&error))?;
        let mut part = vec![];
        let length = entry.take(left + 1).read_to_end(&mut part).map_err(|_| broken())? as u64;
        left = left.checked_sub(length).ok_or_else(too_large)?;
        let lower = name.to_lowercase();
        if !(lower.ends_with(".xml") || lower.ends_with(".rels")) {
            continue;
        }
        let text = std::str::from_utf8(&part).map_err(|_| broken())?;
        if lower == "[content_types].xml" {
            let types = text.to_lowercase();
            if types.contains("vbaproject") || types.contains("macroenabled") {
                return Err(macros());
            }
        }
        if !is_utf8(text) || !counts_its_own(text) {
            return Err(broken());
        }
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        texts.start_file(name.as_str(), stored).map_err(|_| broken())?;
        texts.write_all(&part).map_err(|_| broken())?;
    }
    Ok(texts.finish().map_err(|_| broken())?.into_inner())
}

/// A text says of no encoding but the one that it was looked through in.
fn is_utf8(text: &str) -> bool {
    // UTF-16 without a mark may pass for text with nothing between the letters.
    if text.contains('\0') {
        return false;
    }
    let mut declared = text.split("<?xml").skip(1).filter_map(|rest| rest.split("?>").next()?.split_once("encoding"));
    declared.all(|(_, value)| {
        value.split(['"', '\'']).nth(1).is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("utf-8"))
    })
}

/// How many texts a part declares to have is what room is made for: it cannot be more than there are letters.
fn counts_its_own(text: &str) -> bool {
    text.split("uniqueCount").skip(1).filter_map(|rest| rest.split(['"', '\'']).nth(1)).all(|count| {
        let digits: String = count.chars().filter(char::is_ascii_digit).collect();
        digits.is_empty() || digits.parse::<usize>().is_ok_and(|count| count <= text.len())
    })
}

/// The names of an archive's entries are those of a workbook that may be read.
fn is_workbook(names: &[String]) -> Result<(), Refusal> {
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    if names.iter().any(|name| name.ends_with("vbaproject.bin") || name.starts_with("xl/macrosheets/")) {
        return Err(macros());
    }
    let has = |name: &str| names.iter().any(|known| known == name);
    if has("xl/workbook.xml") {
        return Ok(());
    }
    Err(if has("xl/workbook.bin") {
        wrong_type(
            "Đây là tệp Excel nhị phân (.xlsb); hãy lưu lại thành .xlsx.",
            "This is a binary Excel file (.xlsb); save it as .xlsx.",
        )
    } else if has("content.xml") {
        wrong_type(
            "Đây là tệp OpenDocument (.ods); hãy lưu lại thành .xlsx.",
            "This is an OpenDocument file (.ods); save it as .xlsx.",
        )
    } else {
        wrong_type(
            "Đây là tệp nén (.zip) không chứa bảng tính .xlsx.",
            "This is an archive (.zip), not an .xlsx workbook.",
        )
    })
}

fn unreadable(error: &ZipError) -> Refusal {
    match error {
        ZipError::UnsupportedArchive(reason) if *reason == ZipError::PASSWORD_REQUIRED => encrypted(),
        _ => broken(),
    }
}

/// A file of another type than it should be of.
pub(super) fn wrong_type(vi: &'static str, en: &'static str) -> Refusal {
    refused("WRONG_TYPE", Message::new(vi, en))
}

/// A file that is damaged.
pub(super) fn broken() -> Refusal {
    refused(
        "BROKEN_FILE",
        Message::new("Tệp .xlsx bị hỏng, không đọc được.", "The .xlsx file is damaged: it cannot be read."),
    )
}

fn encrypted() -> Refusal {
    refused(
        "ENCRYPTED",
        Message::new(
            "Tệp có mật khẩu; hãy bỏ mật khẩu rồi gửi lại.",
            "The file has a password; take it off and send it again.",
        ),
    )
}

fn macros() -> Refusal {
    refused(
        "MACRO",
        Message::new(
            "Tệp có macro; hãy lưu lại thành .xlsx không macro.",
            "The file has macros; save it as an .xlsx without them.",
        ),
    )
}

fn too_large() -> Refusal {
    refused(
        "TOO_LARGE",
        Message::new(
            "Tệp .xlsx quá lớn khi giải nén: nhiều nhất 200 phần và 64 MiB.",
            "The .xlsx file is too large once it is unpacked: at most 200 parts and 64 MiB.",
        ),
    )
}
