#!/usr/bin/env bash
#
# Sets up what Telemetron needs, builds it and runs the whole platform in the foreground, with a
# demonstration in it. Arguments go to `telemetron up`. Safe to repeat; what is there is kept.
#
# A broker named in KAFKA_BOOTSTRAP_SERVERS and a database named in DATABASE_URL are used instead
# of private ones.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/kafka.sh"
source "$ROOT/scripts/lib/rust.sh"
source "$ROOT/scripts/lib/node.sh"

build() {
  cargo build --release --locked --package telemetron
}

step "System packages" install_packages
if [[ -z ${KAFKA_BOOTSTRAP_SERVERS:-}${KAFKA_HOME:-} ]]; then
  step "Apache Kafka $(kafka_version)" fetch_kafka
  export KAFKA_JARS=${KAFKA_JARS:-$(kafka_jars)}
fi
need_rust
cd "$ROOT"
step "Node" need_node
step "Building the dashboard" build_dashboard
step "Building telemetron" build

say "==> Set up in $SECONDS s; starting the platform, Ctrl-C stops it"
# Named, since the binary may stand elsewhere than in this folder.
export DASHBOARD_DIR=${DASHBOARD_DIR:-$ROOT/dashboard/dist}
exec "${CARGO_TARGET_DIR:-$ROOT/target}/release/telemetron" up --demo "$@"
