//! Protection against server-side request forgery (chống giả mạo yêu cầu phía máy chủ): the server sends requests
//! only to public addresses, and to the private networks that the configuration lists. Otherwise a user who registers
//! an endpoint could make the server send requests to addresses that the user cannot reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::network::Networks;

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(a: u16, b: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), bits)
}

/// IPv4 addresses that are blocked even if they are listed: 0.0.0.0/8, multicast and broadcast addresses, and cloud metadata
/// services, which hand out credentials.
const NEVER: [Ipv4Net; 6] = [
    v4(0, 0, 0, 0, 8),          // this network
    v4(169, 254, 169, 254, 32), // metadata service of most clouds
    v4(100, 100, 100, 200, 32), // metadata service of Alibaba Cloud
    v4(168, 63, 129, 16, 32),   // metadata service of Azure
    v4(224, 0, 0, 0, 4),        // multicast
    v4(255, 255, 255, 255, 32), // broadcast
];

/// IPv4 addresses that are not public (IANA special-purpose registry): allowed only if they are listed.
const SPECIAL: [Ipv4Net; 13] = [
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // IETF protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // 6to4 relays
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarks
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(240, 0, 0, 0, 4),     // reserved
];

/// The public IPv6 addresses.
const PUBLIC: Ipv6Net = v6(0x2000, 0, 3);

/// The exceptions from [`PUBLIC`].
const SPECIAL_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),     // IETF protocol assignments, tunnels among them
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4 tunnels
    v6(0x3fff, 0, 20),     // documentation
];

/// IPv6 addresses that are blocked even if they are listed, as in [`NEVER`].
fn never_v6(address: Ipv6Addr) -> bool {
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    address.is_unspecified() || address.is_multicast() || address == METADATA
}

/// Whether the server may send a request to an address, given the listed private networks. An IPv4-mapped IPv6
/// address is treated as IPv4.
pub fn may_ask(address: IpAddr, listed: &Networks) -> bool {
    let address = address.to_canonical();
    match address {
        IpAddr::V4(v4) => {
            let within = |nets: &[Ipv4Net]| nets.iter().any(|net| net.contains(&v4));
            !within(&NEVER) && (!within(&SPECIAL) || listed.hold(address))
        }
        IpAddr::V6(v6) => {
            let public = PUBLIC.contains(&v6) && !SPECIAL_V6.iter().any(|net| net.contains(&v6));
            !never_v6(v6) && (public || listed.hold(address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(address: &str, listed: &[&str]) -> bool {
        let listed = listed.iter().map(|net| net.parse().expect("a network")).collect();
        may_ask(address.parse().expect("an address"), &listed)
    }

    #[test]
    fn public_addresses_may_be_asked() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.255.255",
            "172.32.0.1",
            "192.167.1.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.254",
            "2606:4700:4700::1111",
            "2400:cb00::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(may(address, &[]), "{address}");
        }
    }

    #[test]
    fn everything_else_may_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may(address, &[]), "{address}");
        }
    }

    #[test]
    fn what_is_listed_may_be_asked_but_for_what_never_may() {
        assert!(may("10.20.3.4", &["192.168.0.0/16", "10.20.0.0/16"]));
        assert!(may("::ffff:10.20.3.4", &["10.20.0.0/16"]));
        assert!(may("fd12::1", &["fd00::/8"]));
        assert!(!may("10.21.0.1", &["10.20.0.0/16"]));
        for address in
            ["0.0.0.0", "169.254.169.254", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255"]
        {
            assert!(!may(address, &["0.0.0.0/0"]), "{address}");
        }
        for address in ["::", "ff02::1", "fd00:ec2::254"] {
            assert!(!may(address, &["::/0"]), "{address}");
        }
    }
}
