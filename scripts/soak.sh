#!/usr/bin/env bash
#
# Kills Kafka, Postgres and the whole platform in turn under load, and counts every record
# afterwards. Takes the number of kills (100 otherwise); prints after each how long it took until
# records flowed again, and at the end the ledger. Safe to repeat.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/kafka.sh"
source "$ROOT/scripts/lib/rust.sh"
source "$ROOT/scripts/lib/machine.sh"

kills=${1:-100}
[[ $kills =~ ^[1-9][0-9]*$ ]] || fail "usage: scripts/soak.sh [KILLS], a whole number from 1 on"

soak() {
  TELEMETRON_KILLS=$kills cargo test --locked --package telemetron --test e2e \
    faults::whatever -- --nocapture
}

# The times of the kills from the test's output, as one line.
summary() {
  sed -n 's/^kill [0-9]*: records flow again after \([0-9.]*\) s$/\1/p' "$1" | sort -n |
    awk '{ took[NR] = $1; sum += $1 }
      END { if (NR) printf "records flow again after: median %.1f s, mean %.1f s, worst %.1f s (%d kills)\n",
        took[int((NR + 1) / 2)], sum / NR, took[NR], NR }'
}

step "System packages" install_packages
step "Apache Kafka $(kafka_version)" fetch_kafka
KAFKA_JARS=$(kafka_jars)
export KAFKA_JARS
need_rust
cd "$ROOT"

machine_facts
log=$(mktemp)
trap 'rm -f "$log"' EXIT
outcome=0
step "$kills kills" soak 2>&1 | tee "$log" || outcome=$?
summary "$log"
((outcome == 0)) || fail "a record was lost, doubled or late; the lines above say which"
