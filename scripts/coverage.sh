#!/usr/bin/env bash
#
# Measures how much of the code the tests run, by crate: the share of lines that some test of
# `cargo test` has reached, those that were reached in a started process included. It builds
# everything once more with counters, in a folder of its own (about twice as long as the tests), and
# writes the whole report as HTML. Names of crates as arguments leave the others out. Safe to repeat.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/kafka.sh"
source "$ROOT/scripts/lib/rust.sh"

COV_VERSION=0.9.1

packages=(--workspace)
(($# == 0)) || packages=("${@/#/--package=}")
export CARGO_TARGET_DIR=$ROOT/target/coverage

# LLVM's tools read what the compiler of the same version wrote.
need_llvm() {
  local version
  version=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
  has "llvm-cov-$version" || apt_install "llvm-$version"
  LLVM_COV=$(command -v "llvm-cov-$version")
  LLVM_PROFDATA=$(command -v "llvm-profdata-$version")
  export LLVM_COV LLVM_PROFDATA
}

need_cargo_llvm_cov() {
  [[ $(cargo llvm-cov --version 2>/dev/null) == *" $COV_VERSION" ]] ||
    env --unset CARGO_TARGET_DIR cargo install --quiet --locked "cargo-llvm-cov@$COV_VERSION"
}

# The environment in which cargo counts; once, for it wraps the compiler.
count() {
  # shellcheck disable=SC1090
  source <(cargo llvm-cov show-env --sh)
}

run_tests() {
  cargo llvm-cov clean --workspace
  cargo build --locked --package telemetron-local --example with_services
  # A test that fails has reached what it reached; scripts/test.sh is where it counts.
  "$CARGO_TARGET_DIR/debug/examples/with_services" -- \
    cargo test "${packages[@]}" --locked --no-fail-fast || say "    some tests failed"
}

# Lines of the report by crate: reached, all, and the share.
report() {
  cargo llvm-cov report --html --output-dir "$CARGO_TARGET_DIR/report"
  cargo llvm-cov report --json --summary-only | jq --raw-output '
    [.data[0].files[] | {crate: (.filename | capture("crates/(?<c>[^/]+)/").c), lines: .summary.lines}]
    | group_by(.crate)[]
    | [.[0].crate, (map(.lines.covered) | add), (map(.lines.count) | add)]
    | "| `\(.[0])` | \(.[1]) | \(.[2]) | \(100 * .[1] / .[2] | floor) % |"'
  say "    every line: $CARGO_TARGET_DIR/report/html/index.html"
}

step "System packages" install_packages jq
step "Apache Kafka $(kafka_version)" fetch_kafka
KAFKA_JARS=$(kafka_jars)
export KAFKA_JARS
need_rust
cd "$ROOT"
step "LLVM" need_llvm
step "cargo-llvm-cov $COV_VERSION" need_cargo_llvm_cov
count
step "Tests, with counters" run_tests
step "Report" report
