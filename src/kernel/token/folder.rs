//! The folder of the signing keys: one file for each key, readable only by the service's own user.

use std::{fs, io::Write, os::unix::fs::PermissionsExt, path::Path, time::SystemTime};

use jsonwebtoken::jwk::{Jwk, JwkSet};

use super::{Algorithm, Key, Keys};
use crate::kernel::{
    error::{Broken, Result},
    private,
};

pub(super) const PREVIOUS: &str = "previous.pem";
pub(super) const CURRENT: &str = "current.pem";
/// Public keys only.
pub(super) const RETIRED: &str = "retired.json";
pub(super) const NEXT: &str = "next.pem";

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Broken {
    Broken::new(format!("cannot {what} {}: {error}", path.display()))
}

pub(super) fn make(folder: &Path) -> Result<()> {
    Ok(private::make_folder(folder).map_err(|e| failed("create the folder of keys", folder, &e))?)
}

/// Writes a key file with mode 0600. An existing file is kept.
pub(super) fn write(folder: &Path, name: &str, pem: &str) -> Result<()> {
    let path = folder.join(name);
    match private::create(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        opened => Ok(opened
            .and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|e| failed("write the key", &path, &e))?),
    }
}

pub(super) fn stamp(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder).and_then(|folder| folder.modified()).ok()
}

pub(super) fn read(folder: &Path) -> Result<Keys> {
    let one = |name: &str| -> Result<Option<Key>> {
        let path = folder.join(name);
        match unread(&path).and_then(|()| fs::read_to_string(&path)) {
            Ok(pem) => Ok(Some(Key::read(&pem)?)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed("read the key", &path, &e).into()),
        }
    };
    let current = one(CURRENT)?.ok_or_else(|| Broken::new(format!("there is no {CURRENT} in {}", folder.display())))?;
    Ok(Keys { previous: one(PREVIOUS)?, current, next: one(NEXT)?, retired: retired(folder)? })
}

/// Rejects a key file that other users may read.
fn unread(path: &Path) -> std::io::Result<()> {
    match fs::metadata(path)?.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => {
            Err(std::io::Error::other("others on this machine may read it; give it the mode 600, and better rotate it"))
        }
    }
}

/// The public keys of the retired key pairs.
fn retired(folder: &Path) -> Result<Vec<Jwk>> {
    let path = folder.join(RETIRED);
    match fs::read(&path) {
        Ok(json) => Ok(serde_json::from_slice::<JwkSet>(&json)
            .map_err(|e| Broken::new(format!("{} is no set of keys: {e}", path.display())))?
            .keys),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(vec![]),
        Err(e) => Err(failed("read", &path, &e).into()),
    }
}

/// Adds the public key of the previous key to the retired ones, before another key takes its place.
fn retire(folder: &Path) -> Result<()> {
    let known = read(folder)?;
    let Some(previous) = known.previous else { return Ok(()) };
    let keys = [known.retired, vec![previous.jwk]].concat();
    let (path, aside) = (folder.join(RETIRED), folder.join(format!("{RETIRED}.new")));
    let json = serde_json::to_vec(&JwkSet { keys }).map_err(Broken::new)?;
    // Left by an interrupted rotation.
    let _ = fs::remove_file(&aside);
    let written = private::create(&aside).and_then(|mut file| file.write_all(&json).and_then(|()| file.sync_all()));
    Ok(written.and_then(|()| fs::rename(&aside, &path)).map_err(|e| failed("write", &path, &e))?)
}

/// Makes the next key the current one and the current key the previous one, and generates a new next key.
///
/// # Errors
/// When a file cannot be moved or written.
pub fn rotate(folder: &Path, algorithm: Algorithm) -> Result<()> {
    let move_to = |from: &str, to: &str| {
        let (from, to) = (folder.join(from), folder.join(to));
        fs::rename(&from, &to).map_err(|e| failed("move the key", &from, &e))
    };
    if !folder.join(NEXT).exists() {
        write(folder, NEXT, &algorithm.generate()?)?;
    }
    retire(folder)?;
    move_to(CURRENT, PREVIOUS)?;
    move_to(NEXT, CURRENT)?;
    write(folder, NEXT, &algorithm.generate()?)
}
