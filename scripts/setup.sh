#!/usr/bin/env bash
#
# Brings the whole platform up on Kind: a cluster, the images, Kafka, Postgres and every role, with a
# first trace in it. Safe to repeat; what is there is kept, what changed is rolled out, and a run that
# was broken off is carried on. scripts/teardown.sh undoes it.
#
#   --with NAME,…   components besides the platform: monitoring, ollama, litellm, otel-collector,
#                   kubelet-summary
#   --no-llm        do not fetch the model for Ollama
#   --no-demo       send no first trace
#   --timeout S     longest to wait for readiness, 300 seconds by default
#
# Environment:
#   KIND_CLUSTER_NAME, KIND_NODE_IMAGE, KIND_CONFIG   the cluster: its name (telemetron), another image
#                                                     and another configuration than ours
#   IMAGE_REPOSITORY, IMAGE_TAG                       images that are ready: nothing is built
#   BASE_IMAGE, TOOLCHAIN_IMAGE, NODE_IMAGE           what images are built upon
#   OLLAMA_MODEL                                      the model for Ollama (qwen2.5:0.5b)
#   KAFKA_IMAGE, POSTGRES_IMAGE, OLLAMA_IMAGE, LITELLM_IMAGE, PROMETHEUS_IMAGE, GRAFANA_IMAGE,
#   OTEL_COLLECTOR_IMAGE                              other images than the usual ones
#   KIND_URL, KUBECTL_URL, KIND_SHA256, KUBECTL_SHA256   where kind and kubectl come from if missing

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/docker.sh"
source "$ROOT/scripts/lib/tools.sh"
source "$ROOT/scripts/lib/cluster.sh"
source "$ROOT/scripts/lib/deploy.sh"

usage() {
  sed -n '3,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

# What may be switched on; the other components are for clusters that are not ours.
COMPONENTS=' monitoring ollama litellm otel-collector kubelet-summary '

WITH=()
MODEL=yes
DEMO=yes
TIMEOUT=300
while (($#)); do
  case $1 in
    --with)
      (($# > 1)) || fail "--with wants names, separated by commas"
      IFS=',' read -ra WITH <<<"$2" && shift
      ;;
    --with=*) IFS=',' read -ra WITH <<<"${1#*=}" ;;
    --no-llm) MODEL= ;;
    --no-demo) DEMO= ;;
    --timeout)
      (($# > 1)) || fail "--timeout wants seconds"
      TIMEOUT=$2 && shift
      ;;
    --help | -h) usage && exit ;;
    *) fail "unknown argument $1; --help says which there are" ;;
  esac
  shift
done
for component in "${WITH[@]}"; do
  [[ $COMPONENTS == *" $component "* ]] ||
    fail "there is no component $component to switch on; there are:${COMPONENTS% }"
done
[[ $TIMEOUT =~ ^[0-9]+$ ]] || fail "--timeout wants seconds, not $TIMEOUT"

CONFIG=${KIND_CONFIG:-$ROOT/k8s/kind-config.yaml}
[[ -f $CONFIG ]] || fail "KIND_CONFIG names $CONFIG, and there is no such file"

# What the machine must have.
requirements() {
  local memory=3500 disk=12000
  [[ -z ${IMAGE_REPOSITORY:-}${IMAGE_TAG:-} ]] || disk=6000
  [[ " ${WITH[*]} " != *' ollama '* ]] || { memory=7500 && disk=$((disk + 6000)); }
  need_docker
  need_memory "$memory"
  need_disk "$disk"
  need_tools
  need_own_cluster
  cluster_exists || need_ports "$CONFIG"
}

step "What this needs" requirements
step "Images" make_images
step "Cluster $CLUSTER" make_cluster "$CONFIG"
step "Manifests" render "${WITH[@]}"
step "Images to the cluster" bring_images
step "Secrets" make_secrets
step "Applying" apply
step "Waiting for what was applied" await_workloads "$TIMEOUT" "${WORKLOADS[@]}"
if [[ $MODEL && " ${WITH[*]} " == *' ollama '* ]]; then
  step "A model for Ollama" pull_model
fi
step "The API" await_api
if [[ $DEMO ]]; then
  step "A first trace" first_trace
fi

say "==> Ready in $SECONDS s"
addresses
