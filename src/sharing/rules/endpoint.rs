//! The endpoint URL of a data link (điểm cuối): validation and normalisation.

use std::net::IpAddr;

use url::{Host, Url};

use crate::kernel::{check::Faults, guard::may_ask, locale::Message, network::Networks};

/// The longest URL, in characters.
const LONGEST: usize = 2_000;

/// An endpoint as it is stored: normalised as the URL standard does, without a default port. Text that is not a URL is
/// kept unchanged.
pub fn written(endpoint: &str) -> String {
    let endpoint = endpoint.trim();
    Url::parse(endpoint).map_or_else(|_| endpoint.to_owned(), String::from)
}

/// Parses an http or https URL; returns it with its authority as typed. None if it is not one.
fn parsed(endpoint: &str) -> Option<(Url, &str)> {
    let (scheme, rest) = endpoint.split_once("://").filter(|_| !endpoint.contains(char::is_whitespace))?;
    let authority = rest.split(['/', '\\', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    let web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    Some((Url::parse(endpoint).ok().filter(|url| web && url.has_host())?, authority))
}

/// Validates an endpoint: an http or https URL without credentials. A literal IP address must be one that the prober
/// may connect to. Host names are resolved and checked at each probe, since what they resolve to can change.
pub fn check(faults: &mut Faults, endpoint: Option<&str>, listed: &Networks) {
    const PATH: &str = "endpoint";
    let Some(endpoint) = endpoint else { return };
    faults.maybe(PATH, Some(endpoint), LONGEST);
    let Some((url, authority)) = parsed(endpoint.trim()) else {
        let wrong = Message::new(
            "Điểm cuối phải là địa chỉ http:// hoặc https://.",
            "An endpoint must be an address, http:// or https://.",
        );
        return faults.add(PATH, "INVALID", wrong);
    };
    if endpoint.chars().count() <= LONGEST {
        // Non-ASCII characters become longer when percent-encoded, so the normalised URL is checked too.
        faults.maybe(PATH, Some(url.as_str()), LONGEST);
    }
    if authority.contains('@') {
        let secret = Message::new(
            "Điểm cuối không được chứa tên đăng nhập hay mật khẩu.",
            "An endpoint must not have a user name or a password in it.",
        );
        faults.add(PATH, "CREDENTIALS", secret);
    }
    if url.fragment().is_some() {
        let unsent = Message::new(
            "Điểm cuối không có phần sau dấu #: phần đó không bao giờ được gửi đi.",
            "An endpoint has nothing after a #: that is never sent.",
        );
        faults.add(PATH, "FRAGMENT", unsent);
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
        Some(Host::Domain(_)) | None => None,
    };
    if let Some(address) = address.filter(|address| !may_ask(*address, listed)) {
        let elsewhere = Message::new(
            format!(
                "Chương trình không được kết nối tới địa chỉ {address}: không phải địa chỉ công cộng, cũng không thuộc mạng được cấu hình (`probe_private_networks`)."
            ),
            format!(
                "This program must not ask at {address}: it is no public address, and in no network that is configured (`probe_private_networks`)."
            ),
        );
        faults.add(PATH, "ADDRESS_NOT_ALLOWED", elsewhere);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_address_without_a_password() {
        let long = format!("https://lgsp.example/{}", "x".repeat(LONGEST));
        let wide = format!("https://lgsp.example/{}", "ộ".repeat(LONGEST / 2));
        let listed = ["10.20.0.0/16".parse().expect("a network")].into_iter().collect();
        for (endpoint, expected) in [
            ("https://lgsp.example/ndxp?x=1", &[][..]),
            ("HTTP://lgsp.example/a@b", &[]),
            ("http://[2606:4700:4700::1111]:8080", &[]),
            ("http://10.20.1.2/", &[]),
            ("http://localhost/", &[]),
            ("https://lan:secret@lgsp.example", &["CREDENTIALS"]),
            ("https://lan@lgsp.example", &["CREDENTIALS"]),
            ("https://:secret@lgsp.example", &["CREDENTIALS"]),
            ("http://@lgsp.example", &["CREDENTIALS"]),
            ("http://:@lgsp.example", &["CREDENTIALS"]),
            ("https://lgsp.example/#x", &["FRAGMENT"]),
            ("https://lgsp.example/#", &["FRAGMENT"]),
            ("http://10.21.1.2/", &["ADDRESS_NOT_ALLOWED"]),
            ("http://[::1]:8080", &["ADDRESS_NOT_ALLOWED"]),
            ("http://[::ffff:127.0.0.1]", &["ADDRESS_NOT_ALLOWED"]),
            ("http://0x7f.1/", &["ADDRESS_NOT_ALLOWED"]),
            ("http://2130706433", &["ADDRESS_NOT_ALLOWED"]),
            ("http://169.254.169.254/latest", &["ADDRESS_NOT_ALLOWED"]),
            ("http:y", &["INVALID"]),
            ("http:/y", &["INVALID"]),
            ("http:///y", &["INVALID"]),
            ("http:\\\\y", &["INVALID"]),
            ("http://\\y", &["INVALID"]),
            ("http://?x", &["INVALID"]),
            ("http://a:99999", &["INVALID"]),
            ("ftp://lgsp.example", &["INVALID"]),
            ("file:///etc/passwd", &["INVALID"]),
            ("javascript:alert(1)", &["INVALID"]),
            ("lgsp.example", &["INVALID"]),
            ("https://", &["INVALID"]),
            ("", &["INVALID"]),
            ("https://lgsp.example/a\nb", &["INVALID"]),
            ("https://lgsp.example/\u{0}", &["CONTROL_CHARACTER"]),
            (&long, &["TOO_LONG"]),
            (&wide, &["TOO_LONG"]),
        ] {
            let mut faults = Faults::default();
            check(&mut faults, Some(endpoint), &listed);
            let found = faults.refusal().map(|refusal| refusal.fields).unwrap_or_default();
            let found: Vec<&str> = found.iter().map(|fault| fault.code).collect();
            assert_eq!(found, expected, "{endpoint}");
        }
    }

    #[test]
    fn an_endpoint_is_kept_as_addresses_are_written() {
        for (typed, kept) in [
            (" HTTP://Host.Example:80/../a ", "http://host.example/a"),
            ("https://host.example", "https://host.example/"),
            ("https://host.example:8443/Trục?q=1", "https://host.example:8443/Tr%E1%BB%A5c?q=1"),
            ("http://010.1", "http://8.0.0.1/"),
        ] {
            assert_eq!(written(typed), kept);
            assert_eq!(written(kept), kept, "it stays");
        }
    }
}
