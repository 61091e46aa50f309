//! `lienthong key`: manages the keys that sign tokens.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::{
    journal,
    kernel::{
        config::Config,
        error::{Broken, Result},
        op::Op,
        policy::Caller,
        secret::Secret,
        token::{self, Key as Pair, KeyRing, Keys},
    },
};

/// The key commands.
#[derive(Subcommand)]
pub enum Key {
    /// List the previous, the current and the next key
    List,
    /// Sign with the next key from now on, and generate a new next key
    ///
    /// Tokens of the previous key stay valid until the next rotation. Running servers with the same data directory
    /// use the new key immediately. Between two rotations, wait longer than the lifetime of an access token.
    Rotate,
}

/// Runs a key command.
///
/// # Errors
/// When the keys come from the configuration, or cannot be read or written.
pub async fn run(what: &Key, config: &Config) -> Result<()> {
    if config.signing_key.is_none() && !folder(config).join("current.pem").exists() {
        let none = format!("there are no keys in {} yet: `lienthong serve` makes them", folder(config).display());
        return Err(Broken::new(none).into());
    }
    if let Key::Rotate = what {
        rotate(config).await?;
    }
    let keys = open(config)?.keys();
    let mut out = String::new();
    for (place, key) in keys.all() {
        out += &format!("{place:<9} {:<6} {}\n", key.algorithm.name(), key.id);
    }
    super::print(&out)
}

async fn rotate(config: &Config) -> Result<()> {
    if config.signing_key.is_some() {
        return Err(Broken::new(
            "the keys are given by the configuration (`signing_key`): rotate them there, `signing_key_next` first",
        )
        .into());
    }
    // A rotation is audited, so it needs the database.
    let app = super::open(config).await?;
    super::require_current(&app).await?;
    let op = Op::new(&app, Caller::Operator, "key rotate");
    let turn = || {
        token::rotate(&folder(config), config.signing_algorithm)?;
        Ok(open(config)?.keys().current.id.clone())
    };
    journal::rotate_keys(&op, turn).await?;
    app.db().close().await
}

fn folder(config: &Config) -> PathBuf {
    config.data_dir.join("keys")
}

/// Removes the permissions of other users from the folder of the keys and its files.
fn narrow(folder: &Path) -> Result<()> {
    const WIDE: &str = "; rotate the keys, twice, unless you know that nobody did (`lienthong key rotate`)";
    super::narrow(folder, "")?;
    let files = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        files => files.and_then(Iterator::collect::<std::io::Result<Vec<_>>>),
    };
    for file in files.map_err(|e| Broken::new(format!("cannot read the folder {}: {e}", folder.display())))? {
        super::narrow(&file.path(), WIDE)?;
    }
    Ok(())
}

/// The configured keys, or those of the data directory. Generates missing keys in the data directory.
///
/// # Errors
/// When the keys cannot be read or generated.
pub fn open(config: &Config) -> Result<KeyRing> {
    let Some(current) = &config.signing_key else {
        narrow(&folder(config))?;
        return KeyRing::of_folder(&folder(config), config.signing_algorithm);
    };
    let read = |secret: &Option<Secret>| secret.as_ref().map(|pem| Pair::read(&pem.0)).transpose();
    Ok(KeyRing::given(Keys {
        previous: read(&config.signing_key_previous)?,
        current: Pair::read(&current.0)?,
        next: read(&config.signing_key_next)?,
        retired: vec![],
    }))
}
