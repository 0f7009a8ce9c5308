#!/usr/bin/env bash
#
# Runs the auditor in a Python environment of its own, which is made when it is absent. Arguments
# go to the auditor; --help tells them. With --page it builds the dashboard first and needs Node and
# Chromium. Safe to repeat.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/python.sh"
source "$ROOT/scripts/lib/kafka.sh"
source "$ROOT/scripts/lib/node.sh"

need_python "$ROOT/scripts/audit/requirements.txt"
export KAFKA_JARS=${KAFKA_JARS:-$(kafka_jars)}
export PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$ROOT/scripts/audit${PYTHONPATH:+:$PYTHONPATH}
if [[ " $* " == *" --page "* ]]; then
  need_node
  step "Chromium" install_packages chromium
  [[ -e $ROOT/dashboard/dist/index.html ]] || step "Dashboard" build_dashboard
  export DASHBOARD_DIR=$ROOT/dashboard/dist
fi
exec "$PYTHON" -m auditor "$@"
