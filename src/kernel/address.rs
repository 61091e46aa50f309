//! The address of the client: the peer of the connection, or the address that a trusted proxy reports.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

/// The trusted proxies, whose forwarding headers are believed. IP addresses or networks, separated by commas in the
/// configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Proxies(Vec<IpNet>);

impl TryFrom<String> for Proxies {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let read = |part: &str| {
            let network = part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            network
                .map(canonical)
                .map_err(|_| format!("`{part}` is no IP address and no network, as 10.20.0.0/16 is one"))
        };
        parts.map(read).collect::<Result<_, _>>().map(Proxies)
    }
}

impl From<Proxies> for String {
    fn from(proxies: Proxies) -> Self {
        proxies.to_string()
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |network: &IpNet| match network.prefix_len() == network.max_prefix_len() {
            true => network.addr().to_string(),
            false => network.to_string(),
        };
        let texts: Vec<String> = self.0.iter().map(written).collect();
        f.write_str(&texts.join(","))
    }
}

/// The network with its host bits cleared. An IPv4-mapped IPv6 network becomes an IPv4 network.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match (network.addr().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(address), Some(long)) if network.max_prefix_len() == 128 => Ipv4Net::new(address, long).ok(),
        _ => None,
    };
    mapped.map_or(network, IpNet::V4).trunc()
}

impl Proxies {
    /// Whether an address belongs to a trusted proxy.
    pub fn hold(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
    /// The client's address. `peer` is the other end of the connection; `x_forwarded_for` and `forwarded` are the
    /// headers of these names. Each proxy appends the address of its own peer, so the headers are read from the end
    /// and believed only as long as trusted proxies wrote them.
    pub fn client(&self, peer: IpAddr, x_forwarded_for: &[&str], forwarded: &[&str]) -> IpAddr {
        let peer = peer.to_canonical();
        let mut said: Vec<Option<IpAddr>> = x_forwarded_for.iter().flat_map(|v| v.split(',')).map(address).collect();
        if said.is_empty() {
            said = forwarded.iter().flat_map(|v| v.split(',')).map(element).collect();
        }
        let mut client = peer;
        for further in said.into_iter().rev() {
            match further {
                Some(further) if self.hold(client) => client = further,
                _ => break,
            }
        }
        client
    }
}

/// Parses an address with an optional port: `192.0.2.1:80`, `[2001:db8::1]:80`, `"[2001:db8::1]"`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(found.to_canonical())
}

/// The `for` address of an element of `Forwarded` (RFC 7239).
fn element(text: &str) -> Option<IpAddr> {
    let parts = text.split(';').filter_map(|part| part.trim().split_once('='));
    let whom = parts.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, value)| value).next();
    address(whom?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, x_forwarded_for: &[&str], forwarded: &[&str]) -> String {
        let proxies = Proxies::try_from(proxies.to_owned()).expect("addresses");
        proxies.client(peer.parse().expect("an address"), x_forwarded_for, forwarded).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let said: &[&str] = &["198.51.100.1, 198.51.100.2"];
        assert_eq!(client("", "192.0.2.1", said, &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.9", "192.0.2.1", said, &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", "192.0.2.1", said, &[]), "198.51.100.2");
        assert_eq!(client("192.0.2.1", "::ffff:192.0.2.1", said, &[]), "198.51.100.2");
        // A client can forge everything before the entry that the last trusted proxy wrote.
        assert_eq!(client("192.0.2.1, 198.51.100.2", "192.0.2.1", said, &[]), "198.51.100.1");
        assert_eq!(
            client("192.0.2.1,198.51.100.2", "192.0.2.1", &["198.51.100.1", "198.51.100.2"], &[]),
            "198.51.100.1"
        );
        assert_eq!(client("192.0.2.1", "192.0.2.1", &["198.51.100.1, unknown"], &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", "192.0.2.1", &[], &[]), "192.0.2.1");
    }

    #[test]
    fn proxies_may_be_named_by_their_network() {
        let said: &[&str] = &["203.0.113.7, 198.51.100.1, 10.1.2.3"];
        assert_eq!(client("10.0.0.0/8", "10.255.0.1", said, &[]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", "11.0.0.1", said, &[]), "11.0.0.1");
        assert_eq!(client("10.0.0.0/8", "::ffff:10.0.0.1", said, &[]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8,198.51.100.0/24", "10.0.0.1", said, &[]), "203.0.113.7");
        assert_eq!(client("fd00::/8", "fd12::1", &["2001:db8::9"], &[]), "2001:db8::9");
    }

    #[test]
    fn both_headers_are_read() {
        let trusted = "192.0.2.1";
        let forwarded: &[&str] = &["for=198.51.100.1;proto=https, by=x; For=\"[2001:db8::7]:4711\""];
        assert_eq!(client(trusted, trusted, &[], forwarded), "2001:db8::7");
        assert_eq!(client(trusted, trusted, &["198.51.100.3:1234"], forwarded), "198.51.100.3");
        assert_eq!(client(trusted, trusted, &["2001:db8::9"], &[]), "2001:db8::9");
        assert_eq!(client(trusted, trusted, &[], &["for=_hidden"]), trusted);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["proxy", "10.0.0.0/33", "10.0.0.1/", "10.0.0.1:80", "10.0.0.1-10.0.0.9"] {
            let error = format!("`{wrong}` is no IP address and no network, as 10.20.0.0/16 is one");
            assert_eq!(Proxies::try_from(format!("10.0.0.1, {wrong}")), Err(error));
        }
        let written = |text: &str| String::from(Proxies::try_from(text.to_owned()).expect("addresses"));
        assert_eq!(written(" 10.0.0.1 ,::1,"), "10.0.0.1,::1");
        assert_eq!(written("10.20.30.40/16, fd00::1/8, 10.0.0.9/32"), "10.20.0.0/16,fd00::/8,10.0.0.9");
        assert_eq!(written("::ffff:10.20.30.40/112, ::ffff:10.0.0.1"), "10.20.0.0/16,10.0.0.1");
    }
}
