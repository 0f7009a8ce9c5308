"""Foreign infrastructure on this machine: brokers, Postgres with a replica, poolers, TLS."""
