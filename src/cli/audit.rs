//! `lienthong audit`: the audit log, exported, verified and archived.

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

/// What is done with the audit log.
#[derive(Subcommand)]
pub enum Audit {
    /// Print all entries, a JSON object a line, oldest first
    ///
    /// Values of observations are left out: entries hold SHA-256 commitments to them, and the export verifies all the same.
    /// Older entries ("hashVersion": 1) hold the values themselves: they are exported with *** in their place and
    /// "withheld": true, and are verified by their place in the chain alone.
    Export(Export),
    /// Verify an export, without a database: every hash, every link, and the checkpoints that are given
    Verify(Verify),
    /// Move entries that are older than `audit_days` into a file; a signed checkpoint stays in their place
    ///
    /// The values of observations that stand beside them are moved too: the file is to be kept as secret as the database.
    Archive(Archive),
}

/// What an export holds.
#[derive(Args)]
pub struct Export {
    /// Export the values of observations too, with the salts that open their commitments: PRIVATE ones among them
    #[arg(long)]
    values: bool,
    /// Write into this file, which must be new and is readable by its owner alone, instead of standard output
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// An export, and what it is held against.
#[derive(Args)]
pub struct Verify {
    /// The export; several, one after the other, where a part was archived
    #[arg(required = true, value_name = "FILE")]
    exports: Vec<PathBuf>,
    /// The public keys, as /.well-known/jwks.json gives them
    #[arg(long, value_name = "FILE", requires = "checkpoints")]
    keys: Option<PathBuf>,
    /// A checkpoint, as /.well-known/audit-checkpoint gave it; may be given several times
    #[arg(long = "checkpoint", value_name = "FILE", requires = "keys")]
    checkpoints: Vec<PathBuf>,
}

/// Where old entries go.
#[derive(Args)]
pub struct Archive {
    /// The file, which must be new
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Runs it.
///
/// # Errors
/// When the database is not set up, a file cannot be read or written, or the log is not what it was.
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

/// Writes the entries, with the values of observations or without; those before a time if one is given, and then never the newest of
/// all. Answers with the last one.
async fn export(
    op: &Op,
    out: &mut impl Write,
    before: Option<chrono::DateTime<chrono::Utc>>,
    values: bool,
) -> Result<Option<Exported>> {
    let (mut last, mut read) = (None, 0);
    // Held back until the next one is seen.
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

/// Whether there is still somebody who reads.
fn written(out: &mut impl Write, entry: &Exported) -> Result<bool> {
    let line = serde_json::to_string(entry).map_err(Broken::new)?;
    match writeln!(out, "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true).map_err(|e| Broken::new(format!("cannot write the export: {e}")))?),
    }
}

/// Writes the entries into a new file, and answers with the last one. What could not be written whole is removed.
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
            // Nothing has gone: what was written is no archive.
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

/// What an export without values does not prove.
fn withheld(entries: i64) -> String {
    match entries {
        0 => String::new(),
        entries => format!(
            "Of {entries} of them the values were left out, which their hashes cover: they were verified by their place in the chain \
             alone. `lienthong audit export --values` exports them whole.\n"
        ),
    }
}
