//! Files and folders that only the service's own user may access: the database and its logs, exports, keys.
//!
//! Permissions that are too wide are narrowed, because the operator may have created the folder under a wide umask. A
//! file whose permissions cannot be narrowed is not used.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Error, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The permission bits of the group and of other users.
const OTHERS: u32 = 0o077;

/// Creates a folder with mode 0700, and its parents, unless it exists.
///
/// # Errors
/// The errors of the file system.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Creates a new file with mode 0600; fails if it exists.
///
/// # Errors
/// The errors of the file system.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A file or folder whose permissions were narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    /// Its path.
    pub path: PathBuf,
    /// Its mode before.
    pub before: u32,
    /// Its mode now.
    pub after: u32,
}

/// Removes all permissions of other users. Returns the change, or none where nothing was to be done. A missing file
/// is not an error.
///
/// # Errors
/// The reason why the permissions cannot be narrowed.
pub fn narrow(path: &Path) -> io::Result<Option<Narrowed>> {
    let mode = || Ok::<_, Error>(fs::metadata(path)?.permissions().mode() & 0o7777);
    let before = match mode() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        mode => mode?,
    };
    if before & OTHERS == 0 {
        return Ok(None);
    }
    if before & 0o1000 != 0 {
        return Err(Error::other("it is a folder that all users share"));
    }
    match fs::set_permissions(path, Permissions::from_mode(before & 0o700)) {
        // A server that stops removes its write-ahead log in the meantime.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        set => set?,
    }
    // Some file systems have no permissions, but report success.
    match mode()? {
        after if after & OTHERS == 0 => Ok(Some(Narrowed { path: path.to_owned(), before, after })),
        _ => Err(Error::other("its file system keeps no modes")),
    }
}

/// Whether the disk has less free space than a new database needs (8 MiB).
pub fn is_full(folder: &Path) -> bool {
    const ROOM: usize = 8 << 20;
    let written = tempfile::tempfile_in(folder).and_then(|mut file| {
        let part = [0; 1 << 16];
        (0..ROOM / part.len()).try_for_each(|_| file.write_all(&part))
    });
    let full = |error: &Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    written.is_err_and(|error| full(&error))
}

/// The files of a database, and copies of it in the same folder.
///
/// # Errors
/// The errors of the file system.
pub fn beside(database: &Path) -> io::Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (database.parent(), database.file_name().and_then(|name| name.to_str())) else {
        return Ok(vec![]);
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(vec![]);
        }
        entries => entries?,
    };
    let mut files = vec![];
    for entry in entries {
        let entry = entry?;
        let of = entry.file_name();
        let rest = of.to_str().and_then(|of| of.strip_prefix(name));
        // lienthong.db, lienthong.db-wal, lienthong.db.2026-01-15; not lienthong.dbx.
        let belongs = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']));
        if belongs && fs::metadata(entry.path()).is_ok_and(|file| file.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
    }

    #[test]
    fn what_others_may_do_is_taken_away_and_told() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, before, after) in
            [("a", 0o644, 0o600), ("b", 0o660, 0o600), ("c", 0o604, 0o600), ("d", 0o744, 0o700)]
        {
            let file = folder.path().join(name);
            fs::write(&file, "x").expect("written");
            fs::set_permissions(&file, Permissions::from_mode(before)).expect("set");
            assert_eq!(narrow(&file).expect("narrowed"), Some(Narrowed { path: file.clone(), before, after }));
            assert_eq!((mode(&file), narrow(&file).expect("narrow")), (after, None));
        }
        assert_eq!(narrow(&folder.path().join("nothing")).expect("nothing"), None);
    }

    #[test]
    fn a_folder_that_all_users_share_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).expect("made");
        fs::set_permissions(&shared, Permissions::from_mode(0o1777)).expect("set");
        assert!(narrow(&shared).expect_err("it is shared").to_string().contains("all users share"));
        assert_eq!(mode(&shared), 0o1777);
    }

    #[test]
    fn logs_and_copies_belong_to_a_database_and_what_only_begins_alike_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["x.db", "x.db-wal", "x.db-shm", "x.db.bak", "x.dbx", "y.db", "x"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        fs::create_dir(folder.path().join("x.db.d")).expect("made");
        let files = beside(&folder.path().join("x.db")).expect("files");
        let names: Vec<_> = files.iter().filter_map(|file| file.file_name()).collect();
        assert_eq!(names, ["x.db", "x.db-shm", "x.db-wal", "x.db.bak"]);
    }
}
