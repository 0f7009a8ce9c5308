#!/usr/bin/env bash
#
# A real Kubernetes API server on this machine, with its controllers and etcd and without nodes:
# what is deployed there gets its replica sets and pods, and the pods stay pending until somebody
# says otherwise through the API, as a node would.
#
#   scripts/kubernetes.sh build        builds the programs once, into the cache
#   scripts/kubernetes.sh start DIR    runs them in DIR (whatever of it does not run), says how to use it
#   scripts/kubernetes.sh stop DIR     ends them
#
# It listens on KUBERNETES_PORT (16443) and the three ports above, on loopback only. Programs that
# are built already are taken from the folder that TELEMETRON_KUBE_APISERVER names. No other script
# calls this one: the build takes a quarter of an hour on two cores.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/kubernetes.sh"

usage() {
  fail "usage: scripts/kubernetes.sh build | start DIR | stop DIR"
}

case "${1:-} $#" in
  "build 1")
    step "Kubernetes $(kubernetes_version)" build_kubernetes
    ;;
  "start 2")
    step "Kubernetes $(kubernetes_version)" build_kubernetes
    mkdir -p "$2"
    dir=$(cd "$2" && pwd)
    step "Starting it in $dir" start_kubernetes "$dir"
    echo "export KUBECONFIG=$dir/kubeconfig"
    ;;
  "stop 2")
    stop_kubernetes "$2"
    ;;
  *) usage ;;
esac
