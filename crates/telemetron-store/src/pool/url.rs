//! A URL of libpq's form, which may name several hosts and which of them is wanted.
//!
//! `postgres://user:password@one:5432,two:5433/database?target_session_attrs=read-write`, or the
//! same with `?host=one,two&port=5432,5433`.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::StoreError;

/// Which of several hosts is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Target {
    /// Whichever answers.
    #[default]
    Any,
    /// One that takes writes.
    ReadWrite,
    /// One that takes no writes.
    ReadOnly,
    /// One that follows another.
    Standby,
    /// One that follows another where there is one, else any.
    PreferStandby,
}

/// What a URL says.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    /// How to reach each of them, in the order of the URL; never empty.
    pub(super) each: Vec<PgConnectOptions>,
    /// Which of them is wanted.
    pub(super) target: Target,
}

/// Reads a URL.
///
/// # Errors
/// When it is no URL of a Postgres, or says what is not known.
pub(super) fn parse(url: &str) -> Result<Hosts, StoreError> {
    let parts = Parts::of(url)?;
    let each = parts.hosts()?.into_iter().map(|host| parts.options(host));
    Ok(Hosts {
        each: each.collect::<Result<_, _>>()?,
        target: parts.target()?,
    })
}

/// A URL, taken apart as far as sqlx cannot read it.
struct Parts<'u> {
    /// `postgres://user:password@`
    before: &'u str,
    authority: &'u str,
    /// `/database`
    path: &'u str,
    query: Vec<(&'u str, &'u str)>,
}

impl<'u> Parts<'u> {
    fn of(url: &'u str) -> Result<Self, StoreError> {
        let scheme = url.find("://").map(|at| at + 3);
        let scheme = scheme.filter(|end| ["postgres://", "postgresql://"].contains(&&url[..*end]));
        let rest = scheme.ok_or_else(|| wrong("it does not begin with postgres://"))?;
        let (url, query) = url.split_once('?').unwrap_or((url, ""));
        let slash = url[rest..].find('/').map_or(url.len(), |at| rest + at);
        let authority = url[rest..slash].rfind('@').map_or(rest, |at| rest + at + 1);
        Ok(Self {
            before: &url[..authority],
            authority: &url[authority..slash],
            path: &url[slash..],
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .collect(),
        })
    }

    fn said(&self, name: &str) -> Option<&'u str> {
        let found = self.query.iter().rev().find(|(key, _)| *key == name);
        found.map(|(_, value)| *value)
    }

    /// Host and port of each, as they stand in a URL; a socket's directory has no port.
    fn hosts(&self) -> Result<Vec<String>, StoreError> {
        let Some(listed) = self.said("host") else {
            return Ok(self.authority.split(',').map(str::to_owned).collect());
        };
        let hosts: Vec<_> = listed.split(',').collect();
        let ports: Vec<_> = self
            .said("port")
            .map_or(vec![], |ports| ports.split(',').collect());
        if ports.len() > 1 && ports.len() != hosts.len() {
            return Err(wrong("it names more hosts than ports, or fewer"));
        }
        let port = |at: usize| ports.get(at).or_else(|| ports.first());
        let host = |(at, host): (usize, &&str)| match port(at) {
            Some(port) => format!("{host}:{port}"),
            None => (*host).to_owned(),
        };
        Ok(hosts.iter().enumerate().map(host).collect())
    }

    /// How to reach one host. What we read ourselves is left out of what sqlx reads.
    fn options(&self, host: String) -> Result<PgConnectOptions, StoreError> {
        const OURS: [&str; 4] = ["host", "port", "target_session_attrs", "sslrootcert"];
        let (before, path) = (self.before, self.path);
        let others = self.query.iter().filter(|(key, _)| !OURS.contains(key));
        let others: Vec<_> = others
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let socket = host.starts_with('/') || host.starts_with("%2F") || host.starts_with("%2f");
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if socket => (host.to_owned(), Some(port.to_owned())),
            _ => (host, None),
        };
        let named = if socket {
            let port = port.map_or_else(String::new, |port| format!("&port={port}"));
            format!(
                "{before}localhost{path}?host={host}{port}&{}",
                others.join("&")
            )
        } else {
            format!("{before}{host}{path}?{}", others.join("&"))
        };
        let options = PgConnectOptions::from_str(named.trim_end_matches(['&', '?']))?;
        Ok(self.encrypted(options))
    }

    /// A socket is not encrypted, whatever is said. Whoever names a certificate of an authority
    /// wants it checked, as with libpq.
    fn encrypted(&self, options: PgConnectOptions) -> PgConnectOptions {
        if options.get_socket().is_some() || options.get_host().starts_with('/') {
            return options.ssl_mode(PgSslMode::Disable);
        }
        let authority = self.said("sslrootcert").map(percent_decoded);
        let Some(authority) = authority.filter(|path| path != "system") else {
            return options;
        };
        let checked = match options.get_ssl_mode() {
            PgSslMode::Require => PgSslMode::VerifyCa,
            other => other,
        };
        options.ssl_mode(checked).ssl_root_cert(authority)
    }

    fn target(&self) -> Result<Target, StoreError> {
        match self.said("target_session_attrs") {
            None | Some("any") => Ok(Target::Any),
            Some("read-write" | "primary") => Ok(Target::ReadWrite),
            Some("read-only") => Ok(Target::ReadOnly),
            Some("standby") => Ok(Target::Standby),
            Some("prefer-standby") => Ok(Target::PreferStandby),
            Some(_) => Err(wrong(
                "target_session_attrs is one of any, read-write, read-only, primary, standby and \
                 prefer-standby",
            )),
        }
    }
}

/// The text that a part of a URL stands for.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        let code = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code.filter(|_| *first == b'%') {
            Some(code) => {
                bytes.push(code);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wrong(what: &str) -> StoreError {
    StoreError::Environment(sqlx::Error::Configuration(what.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(url: &str) -> Vec<(String, u16)> {
        let hosts = parse(url).unwrap().each;
        let place =
            |options: &PgConnectOptions| (options.get_host().to_owned(), options.get_port());
        hosts.iter().map(place).collect()
    }

    #[test]
    fn one_host_is_read_as_ever() {
        assert_eq!(
            places("postgres://u:p@db:5433/t"),
            [("db".to_owned(), 5433)]
        );
        let hosts = parse("postgres://u@localhost/t?host=/run/pg%20a").unwrap();
        assert_eq!(
            hosts.each[0].get_socket().unwrap().to_str(),
            Some("/run/pg a")
        );
        assert!(matches!(hosts.each[0].get_ssl_mode(), PgSslMode::Disable));
        assert_eq!(hosts.target, Target::Any);
    }

    #[test]
    fn several_hosts_share_all_but_their_names() {
        let url = "postgresql://u:a%40b@one:5432,[::1]:5433,three/t?target_session_attrs=read-write&sslmode=require";
        let hosts = parse(url).unwrap();
        assert_eq!(hosts.target, Target::ReadWrite);
        assert_eq!(
            places(url),
            [
                ("one".to_owned(), 5432),
                ("[::1]".to_owned(), 5433),
                ("three".to_owned(), 5432)
            ]
        );
        for one in &hosts.each {
            assert_eq!((one.get_username(), one.get_database()), ("u", Some("t")));
            assert!(matches!(one.get_ssl_mode(), PgSslMode::Require));
        }
        let listed = "postgres:///t?host=one,two&port=5432,5433";
        assert_eq!(
            places(listed),
            [("one".to_owned(), 5432), ("two".to_owned(), 5433)]
        );
    }

    #[test]
    fn a_certificate_of_an_authority_is_checked_against() {
        let checked = parse("postgres://db/t?sslmode=require&sslrootcert=/ca%20a.pem").unwrap();
        assert!(matches!(
            checked.each[0].get_ssl_mode(),
            PgSslMode::VerifyCa
        ));
        let system = parse("postgres://db/t?sslmode=verify-full&sslrootcert=system").unwrap();
        assert!(matches!(
            system.each[0].get_ssl_mode(),
            PgSslMode::VerifyFull
        ));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_in_words() {
        let refused = |url: &str| parse(url).unwrap_err().to_string();
        assert!(refused("mysql://db/t").contains("postgres://"));
        assert!(refused("postgres://db/t?target_session_attrs=best").contains("prefer-standby"));
        assert!(refused("postgres:///t?host=a,b,c&port=1,2").contains("ports"));
        assert!(parse("postgres://db:nan/t").is_err());
    }
}
