//! What the doors count, for Prometheus.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::MetricsBuilder;

/// The label that tells the doors apart.
type ByDoor = [(&'static str, &'static str); 1];

/// Counts of all doors of a process; clones share them.
#[derive(Debug, Clone, Default)]
pub struct DoorMeters {
    connections: Family<ByDoor, Gauge>,
    evicted: Family<ByDoor, Counter>,
    refused: Family<ByDoor, Counter>,
}

/// Counts of one door.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    pub(super) connections: Gauge,
    pub(super) evicted: Counter,
    pub(super) refused: Counter,
}

impl DoorMeters {
    /// Counts from zero.
    pub fn new(metrics: &mut MetricsBuilder) -> Self {
        let meters = Self::default();
        let group = metrics.group("door");
        let connections = "Connections that are open at a port";
        group.register("connections", connections, meters.connections.clone());
        let evicted = "Connections that asked for nothing and were closed to make room for others";
        group.register("evicted_connections", evicted, meters.evicted.clone());
        let refused = "Connections for which a port had no room";
        group.register("refused_connections", refused, meters.refused.clone());
        meters
    }

    pub(super) fn of(&self, door: &'static str) -> Meters {
        let labels = [("door", door)];
        Meters {
            connections: self.connections.get_or_create(&labels).clone(),
            evicted: self.evicted.get_or_create(&labels).clone(),
            refused: self.refused.get_or_create(&labels).clone(),
        }
    }
}
