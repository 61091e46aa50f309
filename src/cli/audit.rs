//! `lienthong audit`: exports, verifies and archives the audit log.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use jsonwebtoken::jwk::JwkSet;

use crate::{
    journal::{
        self,
        rules::{Exported, Verifier},
    },
    kernel::{
        app::App,
        config::Config,
        error::{Broken, Result},
        op::Op,
        policy::Caller,
        private,
    },
};

/// The audit commands.
#[derive(Subcommand)]
pub enum Audit {
    /// Print all entries, one JSON object a line, oldest first
    ///
    /// Values of observations are left out. Entries contain SHA-256 commitments to them, so the export still
    /// verifies. Older entries ("hashVersion": 1) contain the values themselves: they are exported with *** in place
    /// of the values and "withheld": true, and only their place in the chain is verified.
    Export(Export),
    /// Verify an export without a database: all hashes, their chain, and the given checkpoints
    Verify(Verify),
    /// Move entries older than `audit_days` into a file; a signed checkpoint replaces them
    ///
    /// The values of observations are moved too: keep the file as secret as the database.
    Archive(Archive),
}

/// The options of an export.
#[derive(Args)]
pub struct Export {
    /// Include the values of observations, PRIVATE ones too, with the salts that open their commitments
    #[arg(long)]
    values: bool,
    /// Write to this new file, readable only by its owner, instead of standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// The options of a verification.
#[derive(Args)]
pub struct Verify {
    /// The exports to verify, oldest first: the archives, then the current export
    #[arg(required = true, value_name = "FILE")]
    exports: Vec<PathBuf>,
    /// The public keys (JWK set), as returned by /.well-known/jwks.json
    #[arg(long, value_name = "FILE", requires = "checkpoints")]
    keys: Option<PathBuf>,
    /// A checkpoint, as returned by /.well-known/audit-checkpoint; may be repeated
    #[arg(long = "checkpoint", value_name = "FILE", requires = "keys")]
    checkpoints: Vec<PathBuf>,
}

/// The options of an archive.
#[derive(Args)]
pub struct Archive {
    /// The file to create
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Runs an audit command.
///
/// # Errors
/// When the database is not set up, a file cannot be read or written, or the verification fails.
pub async fn run(what: &Audit, config: &Config) -> Result<()> {
    match what {
        Audit::Verify(verify) => super::print(&verified(verify)?),
        Audit::Export(what) => {
            let app = super::open_to_read(config).await?;
            let op = Op::new(&app, Caller::Operator, "audit export");
            let done = match &what.to {
                None => export(&op, &mut std::io::stdout().lock(), None, what.values).await,
                Some(to) => into_file(&op, to, None, what.values).await,
            };
            app.db().close().await?;
            done.map(drop)
        }
        Audit::Archive(archive) => {
            let app = super::open_with_keys(config, None).await?;
            super::require_current(&app).await?;
            let told = archived(&app, config, &archive.to).await;
            app.db().close().await?;
            super::print(&told?)
        }
    }
}

/// Writes the entries, with or without the values of observations. With `before`, only older entries are written, and
/// never the newest entry of the log. Returns the last entry written.
async fn export(
    op: &Op,
    out: &mut impl Write,
    before: Option<chrono::DateTime<chrono::Utc>>,
    values: bool,
) -> Result<Option<Exported>> {
    let (mut last, mut read) = (None, 0);
    // Written only once a newer entry has been read.
    let mut held: Option<Exported> = None;
    loop {
        let entries = journal::export(op, read, values).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            read = entry.sequence;
            if let Some(held) = held.take() {
                if !written(out, &held)? {
                    return Ok(last);
                }
                last = Some(held);
            }
            if before.is_some_and(|before| entry.at >= before) {
                return Ok(last);
            }
            held = Some(entry);
        }
    }
    if let (Some(held), None) = (held, before)
        && written(out, &held)?
    {
        last = Some(held);
    }
    Ok(last)
}

/// Writes one entry. Returns false if the reader has closed the pipe.
fn written(out: &mut impl Write, entry: &Exported) -> Result<bool> {
    let line = serde_json::to_string(entry).map_err(Broken::new)?;
    match writeln!(out, "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true).map_err(|e| Broken::new(format!("cannot write the export: {e}")))?),
    }
}

/// Writes the entries into a new file and returns the last one. Removes the file if it could not be completed.
async fn into_file(
    op: &Op,
    to: &Path,
    before: Option<chrono::DateTime<chrono::Utc>>,
    values: bool,
) -> Result<Option<Exported>> {
    let wrong = |e: std::io::Error| Broken::new(format!("cannot write {}: {e}", to.display()));
    let file = private::create(to).map_err(wrong)?;
    let mut out = BufWriter::new(file);
    let last = export(op, &mut out, before, values).await;
    let written = out.flush().and_then(|()| out.get_ref().sync_all()).map_err(wrong);
    match (last, written) {
        (Ok(last), Ok(())) => Ok(last),
        (last, written) => {
            remove(to)?;
            written?;
            last
        }
    }
}

fn remove(file: &Path) -> Result<()> {
    Ok(std::fs::remove_file(file).map_err(|e| Broken::new(format!("cannot remove {}: {e}", file.display())))?)
}

async fn archived(app: &App, config: &Config, to: &Path) -> Result<String> {
    let op = Op::new(app, Caller::Operator, "audit archive");
    let before = op.now() - chrono::Duration::days(config.audit_days.into());
    let Some(last) = into_file(&op, to, Some(before), true).await? else {
        remove(to)?;
        return Ok(format!("There is no entry older than {} days.\n", config.audit_days));
    };
    let gone = match journal::forget(&op, last.sequence, &last.hash).await {
        Ok(gone) => gone,
        Err(error) => {
            // No entry was deleted, so the file is not an archive.
            remove(to)?;
            return Err(error);
        }
    };
    Ok(format!(
        "{gone} entries, up to number {}, are in {} and no longer in the database.\n",
        last.sequence,
        to.display()
    ))
}

fn opened(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|e| Broken::new(format!("cannot read {}: {e}", path.display())))?;
    Ok(BufReader::new(file))
}

fn text(path: &Path) -> Result<String> {
    Ok(std::fs::read_to_string(path).map_err(|e| Broken::new(format!("cannot read {}: {e}", path.display())))?)
}

fn verified(what: &Verify) -> Result<String> {
    let mut known = vec![];
    if let Some(keys) = &what.keys {
        let keys: JwkSet = serde_json::from_str(&text(keys)?)
            .map_err(|e| Broken::new(format!("{} is no set of keys: {e}", keys.display())))?;
        for path in &what.checkpoints {
            let checkpoint = journal::open_checkpoint(&keys, &text(path)?).map_err(|fault| {
                Broken::new(format!("{} is no checkpoint of these keys: {}", path.display(), fault.0))
            })?;
            known.push((checkpoint.sequence, checkpoint.head));
        }
    }
    let against = match known.len() {
        0 => "held against no checkpoint: a tail that was cut off would not show".to_owned(),
        _ => format!(
            "and so says each checkpoint ({})",
            known.iter().map(|(n, _)| n.to_string()).collect::<Vec<_>>().join(", ")
        ),
    };
    let mut verifier = Verifier::new(known);
    let mut begins = None;
    for path in &what.exports {
        for (n, line) in opened(path)?.lines().enumerate() {
            let at = || format!("{}:{}", path.display(), n + 1);
            let line = line.map_err(|e| Broken::new(format!("{}: {e}", at())))?;
            let entry: Exported =
                serde_json::from_str(&line).map_err(|e| Broken::new(format!("{} is no entry: {e}", at())))?;
            begins.get_or_insert(entry.sequence);
            verifier.next(&entry);
        }
    }
    let found = verifier.finish();
    match found.first_invalid {
        None => Ok(format!(
            "{} entries, each as it was written, {against}; the last hash is {}.\n{}",
            found.entries,
            found.head_hash,
            withheld(found.withheld)
        )),
        Some(first) if first > 1 && begins == Some(first) => Err(Broken::new(format!(
            "the export begins at entry {first}: give the archive of those before it first, or a checkpoint of entry {}",
            first - 1
        ))
        .into()),
        Some(first) => Err(Broken::new(format!(
            "the audit log is not what it was, from entry {first} on ({} entries were read)",
            found.entries
        ))
        .into()),
    }
}

/// Says what an export without values does not prove.
fn withheld(entries: i64) -> String {
    match entries {
        0 => String::new(),
        entries => format!(
            "Of {entries} of them the values were left out, which their hashes cover: they were verified by their place in the chain \
             alone. `lienthong audit export --values` exports them whole.\n"
        ),
    }
}
