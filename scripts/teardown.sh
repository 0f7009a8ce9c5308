#!/usr/bin/env bash
#
# Undoes scripts/setup.sh: deletes the cluster that it made, with all data in it. KIND_CLUSTER_NAME names
# another one than telemetron; one that is not ours is left alone. Safe to repeat.
#
#   --images   also the images that were built

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/docker.sh"
source "$ROOT/scripts/lib/tools.sh"
source "$ROOT/scripts/lib/cluster.sh"
source "$ROOT/scripts/lib/deploy.sh"

IMAGES=
case ${1:-} in
  '') ;;
  --images) IMAGES=yes ;;
  --help | -h) sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit ;;
  *) fail "unknown argument $1; --help says which there are" ;;
esac

PATH=$(tools_home):$PATH
need_docker
has kind || fail "kind is missing, so there can be no cluster of ours"

delete_cluster() {
  if ! cluster_exists; then
    say "    there is none"
  else
    is_ours || fail "the cluster $CLUSTER is not ours, or does not answer; if it may go: kind delete" \
      "cluster --name $CLUSTER"
    kind delete cluster --quiet --name "$CLUSTER"
  fi
  rm -rf "$STATE"
}

step "Deleting the cluster $CLUSTER" delete_cluster
[[ -z $IMAGES ]] || step "Deleting the images" delete_images
