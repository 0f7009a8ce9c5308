#!/usr/bin/env bash
#
# Builds what is given to others, into target/dist: the binary without debug information, that
# information beside it (debuggers find it by themselves), the dashboard, the manual and completions.
# Safe to repeat; docs/OPERATIONS.md says what to do with it.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/rust.sh"
source "$ROOT/scripts/lib/node.sh"

TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
DIST=$TARGET/dist

build() {
  cargo build --release --locked --manifest-path "$ROOT/Cargo.toml" --package telemetron
}

# The link from the binary to what was taken out of it is a name: both stay in one folder.
split_binary() {
  local whole=$TARGET/release/telemetron
  mkdir -p "$DIST/bin"
  objcopy --only-keep-debug "$whole" "$DIST/bin/telemetron.debug"
  objcopy --strip-all --add-gnu-debuglink="$DIST/bin/telemetron.debug" \
    "$whole" "$DIST/bin/telemetron"
  chmod 755 "$DIST/bin/telemetron"
}

lay_out() {
  local shared=$DIST/share binary=$DIST/bin/telemetron
  mkdir -p "$shared/telemetron" "$shared/bash-completion/completions" \
    "$shared/zsh/site-functions" "$shared/fish/vendor_completions.d"
  cp --recursive "$ROOT/dashboard/dist" "$shared/telemetron/dashboard"
  "$binary" man --output-dir "$shared/man/man1"
  "$binary" completions bash >"$shared/bash-completion/completions/telemetron"
  "$binary" completions zsh >"$shared/zsh/site-functions/_telemetron"
  "$binary" completions fish >"$shared/fish/vendor_completions.d/telemetron.fish"
}

step "System packages" install_packages
need_rust
step "Node" need_node
step "Building the dashboard" build_dashboard
step "Building telemetron" build
rm -rf "$DIST"
step "Taking debug information out" split_binary
step "Laying out" lay_out
du --human-readable --apparent-size "$DIST/bin"/* "$DIST/share"
