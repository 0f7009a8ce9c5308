#!/usr/bin/env bash
#
# Sets up what the tests need and runs every check: formatting, scripts, lints, documentation, all
# tests with a private Kafka and Postgres, what is deployed, the auditor, foreign infrastructure,
# recorded programs where they are, and the dashboard, in a browser too.
# Safe to repeat.
#
# The last line says how many tests passed, failed and were skipped. A check that fails without
# naming a test counts as one that failed. The exit code is zero only when nothing failed.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/kafka.sh"
source "$ROOT/scripts/lib/rust.sh"
source "$ROOT/scripts/lib/node.sh"

# Seeds of the auditor: between them most of the faults that there are.
AUDITED=31,45,46

passed=0
failed=0
skipped=0
finished=
log=$(mktemp)

# Runs at every exit, so that the closing line also comes when the set-up fails.
close() {
  rm -f "$log"
  [[ -n $finished ]] || failed=$((failed + 1))
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0)) || exit 1
}
trap close EXIT
trap 'exit 130' INT TERM

# check TITLE COMMAND...: a step that does not stop the others when it fails.
check() {
  step "$@" && return
  say "    FAILED: $1"
  failed=$((failed + 1))
}

shell_scripts() {
  shellcheck --external-sources .ci/run scripts/*.sh scripts/*/*.sh
}

documentation() {
  RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked
}

# Lints and builds in one pass: clippy's driver is a compiler that also lints. Compiled alone, lints
# would take all dependencies once more. Warnings are said again of what was compiled before.
build_tests() {
  CARGO_TERM_COLOR=never cargo test --workspace --locked --no-run 2>&1 | tee "$log"
}

no_warnings() {
  ! grep '^warning' "$log"
}

# The tests' output goes to the terminal and is counted afterwards.
all_tests() {
  local target=${CARGO_TARGET_DIR:-$ROOT/target}
  "$target/debug/examples/with_services" -- \
    cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log"
}

# sum WORD: adds up the numbers before WORD in cargo's result lines.
sum() {
  sed -n "s/^test result: .* \([0-9]*\) $1;.*/\1/p" "$log" | awk '{ n += $1 } END { print n + 0 }'
}

run_tests() {
  local outcome=0
  step "Tests" all_tests || outcome=$?
  passed=$(sum passed)
  skipped=$(sum ignored)
  local failures
  failures=$(sum failed)
  ((outcome == 0 || failures > 0)) || failures=1
  failed=$((failed + failures))
}

# counted TITLE COMMAND...: a script of ours whose last line says how much passed, failed and was
# skipped.
counted() {
  local outcome=0 line
  counted_run() { "$@" 2>&1 | tee "$log"; }
  step "$1" counted_run "${@:2}" || outcome=$?
  line=$(tail -n 1 "$log")
  if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    passed=$((passed + BASH_REMATCH[1]))
    failed=$((failed + BASH_REMATCH[2]))
    skipped=$((skipped + BASH_REMATCH[3]))
    ((outcome == 0 || BASH_REMATCH[2] > 0)) || failed=$((failed + 1))
  else
    say "    FAILED: $1"
    failed=$((failed + 1))
  fi
}

# What the page's own test runners say: `Tests  42 passed`, `# pass 22`.
page_sum() {
  sed -n "s/^ *Tests .* \([0-9][0-9]*\) $1.*/\1/p; s/^[^a-z]* $2 \([0-9]*\)$/\1/p" "$log" |
    awk '{ n += $1 } END { print n + 0 }'
}

# page_tests TITLE SCRIPT: tests of the dashboard, counted with the others.
page_tests() {
  local outcome=0 failures
  page_run() { NO_COLOR=1 npm_in_dashboard run "$1" 2>&1 | tee "$log"; }
  step "$1" page_run "$2" || outcome=$?
  passed=$((passed + $(page_sum passed pass)))
  skipped=$((skipped + $(page_sum skipped skipped)))
  failures=$(page_sum failed fail)
  ((outcome == 0 || failures > 0)) || failures=1
  failed=$((failed + failures))
}

test_dashboard() {
  export TELEMETRON_BIN=${CARGO_TARGET_DIR:-$ROOT/target}/debug/telemetron
  check "Dashboard: lints" npm_in_dashboard run lint
  check "Dashboard: its client is that of the API" npm_in_dashboard run openapi:check
  page_tests "Dashboard: components" test
  page_tests "Dashboard: in a browser" e2e
}

step "System packages" install_packages chromium shellcheck
step "Apache Kafka $(kafka_version)" fetch_kafka
KAFKA_JARS=$(kafka_jars)
export KAFKA_JARS
need_rust
cd "$ROOT"

check "Formatting" cargo fmt --all --check
check "Scripts" shell_scripts
export RUSTC_WORKSPACE_WRAPPER=clippy-driver
if step "Building the tests" build_tests; then
  check "Lints" no_warnings
  run_tests
else
  failed=$((failed + 1))
fi
check "Documentation" documentation
check "Faults for the auditor apply" scripts/audit/planted.sh --check
step "Node" need_node
check "Dashboard: build" build_dashboard
counted "Manifests" scripts/manifests.sh
counted "Audit of seeds $AUDITED" scripts/audit/audit.sh --page --seeds "$AUDITED"
counted "Foreign infrastructure" scripts/infrastructure.sh
counted "Recorded programs" scripts/cases.sh --variants
test_dashboard
finished=yes
