#!/usr/bin/env bash
#
# Checks what is deployed, without a cluster: every overlay of k8s/ with its components is rendered
# and compared with the schemas of Kubernetes and with what the built binary says of itself; the
# Dockerfiles are linted. Arguments are tests to run (test_rights, test_images.ImagesTest, …); all of
# them otherwise. TELEMETRON_BIN names the binary (target/debug/telemetron).
#
# The last line says how many checks passed, failed and were skipped.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/python.sh"
source "$ROOT/scripts/lib/kustomize.sh"
source "$ROOT/scripts/lib/promtool.sh"

step "Promtool" need_promtool
step "Kustomize $(kustomize_version)" need_kustomize
need_python "$ROOT/scripts/manifests/requirements.txt" python-manifests
export PYTHONDONTWRITEBYTECODE=1
export TELEMETRON_BIN=${TELEMETRON_BIN:-${CARGO_TARGET_DIR:-$ROOT/target}/debug/telemetron}
exec "$PYTHON" "$ROOT/scripts/manifests" "$@"
