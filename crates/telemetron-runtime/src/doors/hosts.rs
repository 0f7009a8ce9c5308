//! Under which names a door may be asked.
//!
//! A page of a stranger can have its own name resolve to an address of ours, and then it reads and
//! posts as if it were our page (DNS rebinding). What gives it away is the name it asks for. So a
//! door takes requests under addresses, under loopback names and under names that were allowed. One
//! that listens beyond loopback also takes names that no public DNS can have, as those of services
//! in Kubernetes or Compose: whoever could make these resolve to us is inside already.

use std::net::IpAddr;

use super::authority::{is_address, is_loopback_name};

/// Ends of names that public DNS never has: reserved, or of one cluster.
const PRIVATE_ENDS: [&str; 7] = [
    ".cluster.local",
    ".home.arpa",
    ".internal",
    ".lan",
    ".local",
    ".svc",
    ".test",
];

/// The names under which a door may be asked.
#[derive(Debug, Clone)]
pub struct Hosts {
    named: Vec<String>,
    any: bool,
    takes_private: bool,
}

impl Hosts {
    /// Those of a door that listens at an address, and those that are named.
    pub fn new(listens_at: IpAddr, named: &[String]) -> Self {
        let named: Vec<_> = named
            .iter()
            .map(|name| super::authority::host(name.trim()))
            .filter(|name| !name.is_empty())
            .collect();
        Self {
            any: named.iter().any(|name| name == "*"),
            named,
            takes_private: !listens_at.is_loopback(),
        }
    }

    /// Whether the door may be asked under this host: a name or an address, without a port.
    pub(super) fn allow(&self, host: &str) -> bool {
        self.any
            || is_address(host)
            || is_loopback_name(host)
            || (self.takes_private && is_private(host))
            || self.named.iter().any(|name| name == host)
    }
}

/// Whether a name is one that public DNS never has.
fn is_private(host: &str) -> bool {
    let is_single_label = !host.is_empty() && !host.contains('.');
    is_single_label || PRIVATE_ENDS.iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listens_at: &str, named: &[&str]) -> Hosts {
        let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
        Hosts::new(listens_at.parse().unwrap(), &named)
    }

    #[test]
    fn a_door_on_loopback_takes_addresses_and_loopback_names_alone() {
        let hosts = hosts("127.0.0.1", &[]);
        for host in ["localhost", "app.localhost", "127.0.0.1", "::1", "10.1.2.3"] {
            assert!(hosts.allow(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "gateway",
            "",
        ] {
            assert!(!hosts.allow(host), "{host}");
        }
    }

    #[test]
    fn a_door_to_the_network_takes_names_of_the_network_too() {
        let hosts = hosts("0.0.0.0", &["Traces.Example.com:443"]);
        for host in [
            "gateway",
            "gateway.telemetron.svc",
            "gateway.telemetron.svc.cluster.local",
            "box.internal",
            "traces.example.com",
        ] {
            assert!(hosts.allow(host), "{host}");
        }
        assert!(!hosts.allow("evil.example"));
        assert!(!hosts.allow("xtraces.example.com"));
    }

    #[test]
    fn a_star_takes_every_name() {
        assert!(hosts("127.0.0.1", &["*"]).allow("evil.example"));
    }
}
