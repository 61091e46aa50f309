//! A data set: a folder of TOML files, or the one that is built into the program.

use std::{collections::BTreeMap, fs, path::Path};

use rust_embed::RustEmbed;

use crate::kernel::error::{Broken, Result};

#[derive(RustEmbed)]
#[folder = "data/"]
struct Bundled;

/// The files of a data set, by their paths below its folder.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// Path to text.
    pub files: BTreeMap<String, String>,
}

impl Bundle {
    /// The data set that is built in: territory, and what five articles say of five provinces.
    ///
    /// # Errors
    /// For a file that is not UTF-8.
    pub fn bundled() -> Result<Self> {
        let mut files = BTreeMap::new();
        for path in Bundled::iter().filter(|path| !is_prose(Path::new(path.as_ref()))) {
            if let Some(file) = Bundled::get(&path) {
                let text = String::from_utf8(file.data.into_owned());
                files.insert(path.to_string(), text.map_err(|_| Broken::new(format!("{path}: not UTF-8")))?);
            }
        }
        Ok(Bundle { files })
    }
    /// A folder's files, but for those that people read.
    ///
    /// # Errors
    /// For a folder or file that cannot be read; the message names it.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut bundle = Bundle::default();
        bundle.read_below(folder, folder)?;
        if bundle.files.is_empty() {
            return Err(Broken::new(format!("{}: no data files here", folder.display())).into());
        }
        Ok(bundle)
    }
    fn read_below(&mut self, top: &Path, folder: &Path) -> Result<()> {
        let broken = |path: &Path, e: std::io::Error| Broken::new(format!("{}: {e}", path.display()));
        for entry in fs::read_dir(folder).map_err(|e| broken(folder, e))? {
            let path = entry.map_err(|e| broken(folder, e))?.path();
            if path.is_dir() {
                self.read_below(top, &path)?;
            } else if !is_prose(&path) {
                let text = fs::read_to_string(&path).map_err(|e| broken(&path, e))?;
                let name = path.strip_prefix(top).unwrap_or(&path);
                self.files.insert(name.to_string_lossy().replace('\\', "/"), text);
            }
        }
        Ok(())
    }
}

/// What is there to be read by people: it is no data, and neither is what an editor leaves behind.
fn is_prose(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.ends_with(".md") || name.starts_with('.') || name.ends_with('~')
}
