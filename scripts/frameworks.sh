#!/usr/bin/env bash
#
# Installs agent frameworks and their instrumentations fresh from PyPI and npm, runs a small program
# of each against a model that answers from a script, records what they send, and compares with the
# built binary what is understood of it. Not part of CI: what the registries have changes.
# scripts/frameworks/README.md says how to add one; --help tells the arguments. Safe to repeat.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/python.sh"
source "$ROOT/scripts/lib/node.sh"

# Some of the frameworks ask for more than the dashboard does.
NODE_OLDEST=22.0

export TELEMETRON_BIN=${TELEMETRON_BIN:-${CARGO_TARGET_DIR:-$ROOT/target}/debug/telemetron}
[[ -x $TELEMETRON_BIN ]] || fail "there is no $TELEMETRON_BIN; build it, or name one in TELEMETRON_BIN"

need_python "$ROOT/scripts/audit/requirements.txt"
need_node
export PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$ROOT/scripts${PYTHONPATH:+:$PYTHONPATH}
exec "$PYTHON" -m frameworks \
  --home "${CARGO_TARGET_DIR:-$ROOT/target}/frameworks" \
  --comparer "$ROOT/scripts/cases.sh" "$@"
