//! The origins of web pages (RFC 6454) whose scripts may call this service from a browser.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Origins, each exactly as a browser sends it: `https://so-lieu.phutho.gov.vn`. Separated by commas in the
/// configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origins(Vec<String>);

impl TryFrom<String> for Origins {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let read = |part: &str| match is_origin(part) {
            true => Ok(part.to_owned()),
            false => Err(format!(
                "`{part}` is no origin: name each exactly, in small letters, as https://example.org or http://localhost:5173"
            )),
        };
        parts.map(read).collect::<Result<_, _>>().map(Origins)
    }
}

impl From<Origins> for String {
    fn from(origins: Origins) -> Self {
        origins.to_string()
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl Origins {
    /// Each origin.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Whether a text is a scheme, a host and an optional port in the spelling of browsers. Any other spelling would
/// never match an `Origin` header.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_fits = match (scheme, port) {
        ("https", Some("443")) | ("http", Some("80")) => false,
        (_, Some(port)) => !port.starts_with('0') && port.parse::<u16>().is_ok(),
        (_, None) => true,
    };
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b));
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = address.is_some_and(|inside| inside.parse::<std::net::Ipv6Addr>().is_ok());
    ["https", "http"].contains(&scheme) && !name.is_empty() && (plain || address) && port_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_would_say_is_an_origin() {
        for (text, good) in [
            ("https://so-lieu.phutho.gov.vn", true),
            ("http://localhost:5173", true),
            ("http://[::1]:8080", true),
            ("*", false),
            ("null", false),
            ("https://*.gov.vn", false),
            ("https://phutho.gov.vn/", false),
            ("https://phutho.gov.vn:443", false),
            ("https://PhuTho.gov.vn", false),
            ("ftp://phutho.gov.vn", false),
            ("phutho.gov.vn", false),
            ("https://a@b.vn", false),
            ("https://", false),
        ] {
            assert_eq!(Origins::try_from(text.to_owned()).is_ok(), good, "{text}");
        }
        let two = Origins::try_from(" https://a.vn , http://b.vn:81,".to_owned()).expect("two");
        assert_eq!((two.iter().count(), two.to_string()), (2, "https://a.vn,http://b.vn:81".to_owned()));
    }
}
