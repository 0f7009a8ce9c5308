//! Host and port, as they stand in `Host`, in `Origin` and in the address of a request.

use std::net::{IpAddr, Ipv6Addr};

/// The host of an authority, in lower case, without its port and the dot that may end a name.
pub(super) fn host(authority: &str) -> String {
    let without_user = authority
        .rsplit_once('@')
        .map_or(authority, |(_, rest)| rest);
    let host = match without_user.strip_prefix('[') {
        Some(ipv6) => ipv6.split(']').next().unwrap_or_default(),
        None => without_user.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// The authority of an origin of HTTP.
pub(super) fn of_origin(origin: &str) -> Option<&str> {
    ["http://", "https://"]
        .iter()
        .find_map(|scheme| origin.strip_prefix(scheme))
}

/// Whether a host is an address: no DNS is asked for it, so nobody can point it elsewhere.
pub(super) fn is_address(host: &str) -> bool {
    // Browsers write addresses in this form alone, whatever was typed.
    host.parse::<IpAddr>().is_ok() || host.parse::<Ipv6Addr>().is_ok()
}

/// Whether a host is a name of this very machine (RFC 6761).
pub(super) fn is_loopback_name(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_is_left_without_port_and_brackets() {
        for (authority, expected) in [
            ("Traces.Example.:8080", "traces.example"),
            ("[::1]:8080", "::1"),
            ("10.0.0.7:80", "10.0.0.7"),
            ("user@host:1", "host"),
            ("", ""),
        ] {
            assert_eq!(host(authority), expected, "{authority}");
        }
    }
}
