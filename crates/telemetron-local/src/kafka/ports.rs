//! The two ports of the node, the same at every start of a data directory where possible.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use crate::{Error, files};

/// What the node listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ports {
    /// For clients.
    pub(crate) broker: u16,
    /// For the node's own controller.
    pub(crate) controller: u16,
}

impl Ports {
    /// Chooses the ports and remembers them in `file`.
    ///
    /// Clients hold on to the address they know, so a restart keeps it when it can.
    pub(crate) fn choose(file: &Path, wanted: Option<u16>) -> Result<Self, Error> {
        let last = read(file);
        let broker = match (wanted, last) {
            (Some(port), _) => claim(port).map_err(|_| Error::PortTaken { port })?,
            (None, Some(last)) => claim(last.broker).or_else(|_| any(file))?,
            (None, None) => any(file)?,
        };
        // Both are held while choosing, so that they differ.
        let controller = match last {
            Some(last) => claim(last.controller).or_else(|_| any(file))?,
            None => any(file)?,
        };
        let ports = Self {
            broker: broker.1,
            controller: controller.1,
        };
        files::write_atomic(file, &format!("{} {}\n", ports.broker, ports.controller))?;
        Ok(ports)
    }
}

/// A port that is held until the broker takes it.
type Held = (TcpListener, u16);

fn claim(port: u16) -> std::io::Result<Held> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

fn any(file: &Path) -> Result<Held, Error> {
    claim(0).map_err(Error::io("find a free port for", file))
}

fn read(file: &Path) -> Option<Ports> {
    let text = fs::read_to_string(file).ok()?;
    let (broker, controller) = text.trim().split_once(' ')?;
    Some(Ports {
        broker: broker.parse().ok()?,
        controller: controller.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_keeps_its_ports() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ports");
        let first = Ports::choose(&file, None).unwrap();
        assert_ne!(first.broker, first.controller);
        assert_eq!(Ports::choose(&file, None).unwrap(), first);
    }

    #[test]
    fn a_remembered_port_that_was_taken_meanwhile_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ports");
        let first = Ports::choose(&file, None).unwrap();
        let _taken = claim(first.broker).unwrap();
        assert_ne!(Ports::choose(&file, None).unwrap().broker, first.broker);
    }

    #[test]
    fn a_wanted_port_that_is_taken_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let (_taken, port) = claim(0).unwrap();
        let refused = Ports::choose(&dir.path().join("ports"), Some(port)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("port {port} on 127.0.0.1 is taken; stop what uses it or choose another port")
        );
    }
}
