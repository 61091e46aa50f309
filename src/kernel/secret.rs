//! Configured values that must not be printed: keys, and the passwords in database URLs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret. `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A database URL. `Debug` prints it without its password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(pub String);

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", redacted(&self.0))
    }
}

/// A database URL with its password replaced by `***`.
pub fn redacted(url: &str) -> String {
    let mut shown = url.to_owned();
    // The URL may be misspelt. All text before the last @ may contain a password, however many slashes there are.
    let user = url.find(':').map(|scheme| scheme + 1).map(|at| {
        let slashes = url.get(at..).unwrap_or_default().bytes().take_while(|b| *b == b'/').count();
        at + slashes
    });
    if let (Some(start), Some(at)) = (user, url.rfind('@'))
        && let (Some(head), Some(user), Some(tail)) = (url.get(..start), url.get(start..at), url.get(at..))
        && let Some((user, _)) = user.split_once(':')
    {
        shown = format!("{head}{user}:***{tail}");
    }
    let Some((address, parameters)) = shown.split_once('?') else { return shown };
    let parameters = parameters.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}=***"),
        _ => parameter.to_owned(),
    });
    format!("{address}?{}", parameters.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        for (url, shown) in [
            ("postgres://lt:s3cr@t@db/lt", "postgres://lt:***@db/lt"),
            ("postgres:/lt:s3cret@db/lt", "postgres:/lt:***@db/lt"),
            ("postgres://lt@db/lt?sslmode=require", "postgres://lt@db/lt?sslmode=require"),
            ("postgres://db/lt?user=lt&password=s3cret&a=b", "postgres://db/lt?user=lt&password=***&a=b"),
            ("postgres://lt:s3cr?t@db/lt", "postgres://lt:***@db/lt"),
            ("sqlite://var/lienthong.db?mode=rwc", "sqlite://var/lienthong.db?mode=rwc"),
        ] {
            assert_eq!(redacted(url), shown);
            assert!(!format!("{:?}", DatabaseUrl(url.to_owned())).contains("s3c"));
        }
    }
}
