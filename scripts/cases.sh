#!/usr/bin/env bash
#
# Sends recorded programs of agent frameworks to the built binary, and compares field by field what
# is understood of them with what they really did. The recordings are not part of this repository:
# TELEMETRON_CASES names their folder, `../shared/cases` by default; without it nothing is checked,
# and a line says so. Arguments go to the comparer; --help tells them. Safe to repeat.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/python.sh"
source "$ROOT/scripts/lib/kafka.sh"

need_python "$ROOT/scripts/audit/requirements.txt"
export KAFKA_JARS=${KAFKA_JARS:-$(kafka_jars)}
export PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$ROOT/scripts/cases:$ROOT/scripts/audit${PYTHONPATH:+:$PYTHONPATH}
exec "$PYTHON" -m comparer \
  --cases "${TELEMETRON_CASES:-$ROOT/../shared/cases}" \
  --binary "${TELEMETRON_BIN:-${CARGO_TARGET_DIR:-$ROOT/target}/debug/telemetron}" "$@"
