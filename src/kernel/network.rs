//! Lists of IP networks in the configuration.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// IP networks. A list in the configuration file (`["10.20.0.0/16"]`), separated by commas in an environment
/// variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Vec<String>")]
pub struct Networks(Vec<IpNet>);

/// The two notations of the list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Line(String),
    List(Vec<String>),
}

impl TryFrom<Written> for Networks {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, String> {
        let parts = match written {
            Written::Line(line) => line.split(',').map(str::to_owned).collect(),
            Written::List(list) => list,
        };
        let read = |part: &str| part.parse().map_err(|_| format!("`{part}` is no network, as 10.20.0.0/16 is one"));
        let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
        parts.map(read).collect::<Result<_, _>>().map(Networks)
    }
}

impl From<Networks> for Vec<String> {
    fn from(networks: Networks) -> Self {
        networks.0.iter().map(ToString::to_string).collect()
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Networks(networks.into_iter().collect())
    }
}

impl Networks {
    /// Whether one of the networks contains an address.
    pub fn hold(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_written_as_a_line_or_as_a_list() {
        let line: Networks = serde_json::from_str(r#""10.20.0.0/16, fd00::/8,""#).expect("networks");
        let list: Networks = serde_json::from_str(r#"["10.20.0.0/16", "fd00::/8"]"#).expect("networks");
        assert_eq!(line, list);
        assert_eq!(Vec::from(list.clone()), ["10.20.0.0/16", "fd00::/8"]);
        let hold = |address: &str| list.hold(address.parse().expect("an address"));
        assert!(hold("10.20.255.1") && hold("fd12::1"));
        assert!(!hold("10.21.0.1") && !hold("fe80::1") && !Networks::default().hold(IpAddr::from([0, 0, 0, 0])));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in [r#""10.0.0.0""#, r#"["10.0.0.0/33"]"#, r#""everything""#] {
            let error = serde_json::from_str::<Networks>(wrong).expect_err(wrong).to_string();
            assert!(error.contains("is no network, as 10.20.0.0/16 is one"), "{error}");
        }
    }
}
