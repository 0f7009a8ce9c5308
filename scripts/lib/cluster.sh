# The cluster that kind makes, and what runs in it. Sourced, not run; needs say.sh, system.sh,
# docker.sh and ROOT.
# shellcheck shell=bash

CLUSTER=${KIND_CLUSTER_NAME:-telemetron}
NAMESPACE=telemetry

# What is remembered of a cluster between two runs: its kubeconfig, what is applied, the logs of builds.
STATE=${XDG_CACHE_HOME:-$HOME/.cache}/telemetron/kind-$CLUSTER

# The label of a node that says that the cluster is ours; k8s/kind-config.yaml sets it.
OURS=telemetron.io/cluster=kind

k() {
  kubectl --kubeconfig "$STATE/kubeconfig" "$@"
}

kn() {
  k --namespace "$NAMESPACE" "$@"
}

cluster_exists() {
  kind get clusters 2>/dev/null | grep -qxF "$CLUSTER"
}

# need_own_cluster: none of that name, or one that is ours and answers.
need_own_cluster() {
  mkdir -p "$STATE"
  if ! cluster_exists; then
    rm -f "$STATE/unfinished"
    return
  fi
  if [[ -f $STATE/unfinished ]]; then
    say "    making the cluster was broken off last time; it is made anew"
    kind delete cluster --quiet --name "$CLUSTER"
    rm -f "$STATE/unfinished"
    return
  fi
  (umask 077 && kind get kubeconfig --name "$CLUSTER" >"$STATE/kubeconfig")
  if ! k get --raw /readyz >/dev/null 2>&1; then
    say "    the cluster does not answer; starting its nodes"
    kind get nodes --name "$CLUSTER" | xargs docker start >/dev/null
    within 90 k get --raw /readyz >/dev/null 2>&1 ||
      fail "the cluster $CLUSTER is there and does not answer; delete it (kind delete cluster" \
        "--name $CLUSTER) and run this again"
  fi
  is_ours ||
    fail "there is a cluster $CLUSTER that is not ours; name another (KIND_CLUSTER_NAME=…) or delete" \
      "that one (kind delete cluster --name $CLUSTER) and run this again"
  k auth can-i create deployments --namespace "$NAMESPACE" >/dev/null ||
    fail "you may not create anything in the namespace $NAMESPACE of $CLUSTER; ask whoever rules it"
}

# Its node has our label, or making it was broken off.
is_ours() {
  [[ ! -f $STATE/unfinished ]] || return 0
  mkdir -p "$STATE"
  (umask 077 && kind get kubeconfig --name "$CLUSTER" >"$STATE/kubeconfig" 2>/dev/null) || return
  [[ -n $(k get nodes --selector "$OURS" --output name 2>/dev/null) ]]
}

# need_ports CONFIG: nobody listens where the cluster will.
need_ports() {
  local port
  while read -r port; do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
      fail "port $port of this machine is taken; stop what listens there (ss -ltnp 'sport = :$port')," \
        "or name a configuration with another port in KIND_CONFIG, and run this again"
  done < <(sed -n 's/.*hostPort: *\([0-9]*\).*/\1/p' "$1")
}

# make_cluster CONFIG: unless it is there. KIND_NODE_IMAGE names another node image than that of kind.
make_cluster() {
  local log=$STATE/create.log
  if cluster_exists; then
    say "    already there"
  else
    touch "$STATE/unfinished"
    rm -f "$STATE/loaded"
    if ! kind create cluster --name "$CLUSTER" --config "$1" \
      ${KIND_NODE_IMAGE:+--image "$KIND_NODE_IMAGE"} >"$log" 2>&1; then
      tail -n 15 "$log" | sed 's/^/    | /' >&2
      fail "kind cannot make the cluster, for the reason above (all of it in $log); run this again" \
        "when it is mended"
    fi
    rm -f "$STATE/unfinished"
  fi
  (umask 077 && kind get kubeconfig --name "$CLUSTER" >"$STATE/kubeconfig")
  kind export kubeconfig --quiet --name "$CLUSTER"
}

# host_port PORT: where on this machine a port of the node is.
host_port() {
  docker port "$CLUSTER-control-plane" "$1/tcp" 2>/dev/null | head -n 1
}

# within SECONDS COMMAND...: tries a command until it succeeds.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.5
  done
}

# load_images IMAGE...: brings images of this machine's docker to the node, all that it does not have
# yet, and leaves in CHANGED those of which it had another one under that name.
load_images() {
  local image id there=() wanted=()
  CHANGED=()
  touch "$STATE/loaded"
  mapfile -t there < <(k get nodes --output jsonpath='{range .items[*].status.images[*].names[*]}{@}{"\n"}{end}')
  for image in "$@"; do
    if ! has_image "$image"; then
      say "    $image is not here; the node pulls it"
      continue
    fi
    id=$(image_id "$image")
    if grep -qxF "$image $id" "$STATE/loaded" && on_node "$image" "${there[@]}"; then
      say "    $image is there"
      continue
    fi
    ! grep -qF "$image " "$STATE/loaded" || CHANGED+=("$image")
    wanted+=("$image")
  done
  ((${#wanted[@]})) || return 0
  say "    loading ${wanted[*]}"
  kind load docker-image --quiet --name "$CLUSTER" "${wanted[@]}" ||
    fail "kind cannot load the images; look at its message above and run this again"
  for image in "${wanted[@]}"; do
    grep -vF "$image " "$STATE/loaded" >"$STATE/loaded.new" || true
    echo "$image $(image_id "$image")" >>"$STATE/loaded.new"
    mv "$STATE/loaded.new" "$STATE/loaded"
  done
}

on_node() {
  local image=$1 name
  shift
  for name in "$@"; do
    [[ $name != "$image" && $name != */"$image" ]] || return 0
  done
  return 1
}

# workloads FILE: the workloads among rendered manifests, as KIND/NAME.
workloads() {
  awk '
    /^kind: / { kind = $2 }
    /^[a-zA-Z]/ { section = $1 }
    section == "metadata:" && /^  name: / { print kind "/" $2 }
  ' "$1" | grep -E '^(Deployment|StatefulSet|Job)/'
}

# How far each workload of the namespace is: KIND/NAME, and what it has of what it wants.
progress() {
  kn get deployments,statefulsets,jobs --output jsonpath='{range .items[*]}{.kind}/{.metadata.name}|{.metadata.generation}|{.status.observedGeneration}|{.spec.replicas}|{.status.updatedReplicas}|{.status.readyReplicas}|{.status.replicas}|{.status.succeeded}|{.status.conditions[?(@.type=="Failed")].status}{"\n"}{end}' |
    while IFS='|' read -r name generation observed wanted updated ready all succeeded failed; do
      case $name in
        Job/*)
          if ((${succeeded:-0} > 0)); then
            echo "$name done"
          elif [[ $failed == True ]]; then
            echo "$name failed"
          else
            echo "$name runs"
          fi
          ;;
        *)
          if [[ $generation == "$observed" && ${updated:-0} -eq ${wanted:-1} &&
            ${ready:-0} -eq ${wanted:-1} && ${all:-0} -eq ${wanted:-1} ]]; then
            echo "$name ready"
          else
            echo "$name ${ready:-0} of ${wanted:-1} ready"
          fi
          ;;
      esac
    done
}

# pods_of NAME: the pods of a workload that are not well: name, ready, status, restarts.
pods_of() {
  kn get pods --no-headers 2>/dev/null |
    awk -v name="$1" 'index($1, name "-") == 1 && $3 != "Completed" {
      split($2, r, "/"); if (r[1] != r[2] || $3 != "Running") print $1, $2, $3, $4 }'
}

# await_workloads SECONDS WORKLOAD...: says of each whenever it gets further, until all are ready.
await_workloads() {
  local deadline=$((SECONDS + $1)) started=$SECONDS name state status line missing stuck_since=
  local -A said=() now=()
  shift
  while :; do
    now=()
    while read -r name state; do now[$name]=$state; done < <(progress)
    missing=()
    status=$(kn get pods --no-headers 2>/dev/null || true)
    for name in "$@"; do
      state=${now[$name]:-"is not there yet"}
      case $state in
        ready | done) ;;
        *)
          missing+=("$name")
          line=$(awk -v name="${name#*/}" 'index($1, name "-") == 1 && $3 != "Completed" { split($2, r, "/")
            if (r[1] != r[2] || $3 != "Running") { print $3; exit } }' <<<"$status")
          state="$state${line:+, $line}"
          ;;
      esac
      if [[ ${said[$name]:-} != "$state" ]]; then
        said[$name]=$state
        say "$(printf '    %4d s  %-34s %s' $((SECONDS - started)) "$name" "$state")"
      fi
      [[ ${now[$name]:-} != failed ]] || explain "$name failed" "${missing[@]}"
    done
    ((${#missing[@]})) || return 0
    # An image that cannot be had does not come by waiting.
    if grep -qE 'ErrImage|ImagePullBackOff|InvalidImageName|CreateContainerConfigError' <<<"$status"; then
      stuck_since=${stuck_since:-$SECONDS}
      ((SECONDS - stuck_since < 30)) || explain "a container cannot be started" "${missing[@]}"
    else
      stuck_since=
    fi
    ((SECONDS < deadline)) || explain "not everything is ready in time" "${missing[@]}"
    sleep 1
  done
}

# explain WHAT WORKLOAD...: the events and the last words of what is not ready; then gives up. Where
# containers do not run, those that run and wait for them say nothing.
explain() {
  local what=$1 name pod status down
  shift
  down=$(for name in "$@"; do pods_of "${name#*/}"; done | awk '$3 != "Running"')
  say ""
  for name in "$@"; do
    events "${name#*/}" | grep -v '^Normal' | tail -n 3 | sed "s|^|    $name: |" >&2 || true
    while read -r pod _ status _; do
      [[ -z $down || $status != Running ]] || continue
      say "    $pod: $status"
      events "$pod" | grep -v '^Normal' | tail -n 4 | sed 's/^/      event: /' >&2 || true
      last_words "$pod" | sed 's/^/      log: /' >&2
    done < <(pods_of "${name#*/}")
  done
  fail "$what: $*. Why stands above. Mend it and run this again, which carries on from here; to look" \
    "closer: kubectl --namespace $NAMESPACE describe pods; to begin anew: scripts/teardown.sh"
}

events() {
  kn get events --field-selector "involvedObject.name=$1" --no-headers \
    --output custom-columns=T:.type,R:.reason,M:.message 2>/dev/null | cut -c 1-300
}

# The last lines of a pod; of the container before, where this one has not said anything yet.
last_words() {
  local words
  words=$(kn logs "$1" --all-containers --tail 6 2>&1) || true
  if [[ -z $words || $words == 'unable to retrieve'* ]]; then
    words=$(kn logs "$1" --all-containers --previous --tail 6 2>&1) || true
  fi
  tail -n 8 <<<"$words" | cut -c 1-300
}
