//! How many files and connections the process may have open.

use std::num::NonZeroUsize;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Left for Kafka, Postgres and files, whoever knocks at the doors.
const RESERVED: u64 = 256;

/// Most doors that one process has: API, OTLP over gRPC and over HTTP, probes.
const DOORS: u64 = 4;

/// Fewest connections of a door, however little may be open.
const FEWEST: usize = 32;

/// Raises the soft limit of open files to the hard one, since each connection is one and the usual
/// soft limit, 1,024, is meant for programs that use `select`. Says in the log when it cannot.
pub fn raise_file_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, ?current, "the limit of open files stays as it is");
    }
}

/// How many connections a door may have: as many as are wanted, or its share of what may be open.
pub(super) fn share(wanted: usize) -> usize {
    share_of(getrlimit(Resource::Nofile).current, wanted)
}

fn share_of(limit: Option<u64>, wanted: usize) -> usize {
    let Some(limit) = limit else {
        return wanted;
    };
    let share = limit.saturating_sub(RESERVED) / DOORS;
    let share = usize::try_from(share).unwrap_or(usize::MAX).max(FEWEST);
    share.min(NonZeroUsize::new(wanted).map_or(FEWEST, NonZeroUsize::get))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_leave_descriptors_for_everybody_else() {
        assert_eq!(share_of(None, 2048), 2048);
        assert_eq!(share_of(Some(1 << 20), 2048), 2048);
        assert_eq!(share_of(Some(1024), 2048), 192);
        assert_eq!(share_of(Some(64), 2048), FEWEST);
    }
}
