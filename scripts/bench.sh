#!/usr/bin/env bash
#
# Sets up what the benchmarks need, builds everything for release, runs all of them and prints
# their figures with those of the machine. With --quick each is short: minutes in all instead of
# half an hour. Safe to repeat; the data is temporary. docs/PERFORMANCE.md says what they mean.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/kafka.sh"
source "$ROOT/scripts/lib/rust.sh"
source "$ROOT/scripts/lib/machine.sh"

TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
BENCH=$TARGET/release/telemetron-bench

case "${1:-}" in
  '') fold=4000 consumer=(--traces 5000 --repeat 3) live=60 rounds=1000 traces=45500 memory=600 ;;
  --quick) fold=1000 consumer=(--traces 1000 --repeat 1) live=10 rounds=200 traces=4550 memory=60 ;;
  *) fail "usage: scripts/bench.sh [--quick]" ;;
esac

build() {
  cargo build --release --locked --package telemetron \
    --package telemetron-bench --package telemetron-local \
    --bin telemetron --bin telemetron-bench --example with_services
}

# A platform of its own on free ports: what is running already is left alone.
platform=
start_platform() {
  # Postgres runs as another user when we are root, and has to get through.
  chmod 711 "$data"
  local port patience=120
  port=$(free_port)
  env -u DATABASE_URL -u KAFKA_BOOTSTRAP_SERVERS "$TARGET/release/telemetron" up \
    --data-dir "$data" --server-port "$port" --kafka-port 0 >"$data/up.log" 2>&1 &
  platform=$!
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/ready"; do
    if ! kill -0 "$platform" 2>/dev/null || ((patience-- == 0)); then
      cat "$data/up.log" >&2
      fail "the platform did not start; its log stands above"
    fi
    sleep 1
  done
}

stop_platform() {
  [[ -n $platform ]] || return 0
  kill -INT "$platform" 2>/dev/null || true
  wait "$platform" || true
  platform=
}

# A port below the range from which the system gives out its own.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

close() {
  stop_platform
  rm -rf "$data"
}

step "System packages" install_packages
step "Apache Kafka $(kafka_version)" fetch_kafka
KAFKA_JARS=$(kafka_jars)
export KAFKA_JARS
need_rust
cd "$ROOT"
step "Building for release" build
data=$(mktemp -d -t telemetron-bench.XXXXXX)
trap close EXIT
trap 'exit 130' INT TERM

machine_facts
services=("$TARGET/release/examples/with_services" --)
step "Decode and fold" "$BENCH" fold --traces "$fold"
step "Consumer, ends alone" "${services[@]}" "$BENCH" consumer "${consumer[@]}"
step "Consumer, starts and ends" "${services[@]}" "$BENCH" consumer "${consumer[@]}" --starts
step "A platform on $data" start_platform
# First, so that nothing but its own traces is stored; the others then run on a store that is full.
step "Reads" "$BENCH" reads --data-dir "$data" --rounds "$rounds" --traces "$traces"
step "Live and queryable, $live s" "$BENCH" live --data-dir "$data" --seconds "$live"
step "Gateway" "$BENCH" gateway --data-dir "$data" --binary "$TARGET/release/telemetron"
step "Diagnosis" "$BENCH" diagnosis-speed --data-dir "$data"
step "The Oracle's answers" "$BENCH" oracle --data-dir "$data" --rounds "$rounds"
step "Memory, $memory s" "$BENCH" memory --data-dir "$data" --seconds "$memory"
