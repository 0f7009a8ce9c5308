# Building, bringing and applying what runs in the cluster. Sourced, not run; needs docker.sh and
# cluster.sh.
# shellcheck shell=bash

# The images of this repository.
OUR_IMAGES=(platform dashboard demo)
REPOSITORY=${IMAGE_REPOSITORY:-telemetron}
TAG=${IMAGE_TAG:-$(workspace_version)}

# Images of others by the names that the manifests use, each with the variable that names another.
FOREIGN_IMAGES=(
  KAFKA_IMAGE=apache/kafka
  POSTGRES_IMAGE=postgres
  OLLAMA_IMAGE=ollama/ollama
  LITELLM_IMAGE=ghcr.io/berriai/litellm
  PROMETHEUS_IMAGE=docker.io/prom/prometheus
  GRAFANA_IMAGE=docker.io/grafana/grafana
  OTEL_COLLECTOR_IMAGE=otel/opentelemetry-collector-contrib
)

# make_images: builds ours, unless ready ones are named.
make_images() {
  local name image started
  for name in "${OUR_IMAGES[@]}"; do
    image=$REPOSITORY/$name:$TAG
    started=$SECONDS
    if [[ -z ${IMAGE_REPOSITORY:-}${IMAGE_TAG:-} ]]; then
      has_image "$image" || say "    building $image; its log is $STATE/build-$name.log"
      build_image "$name" "$image" "$STATE/build-$name.log"
      say "    $image, built in $((SECONDS - started)) s"
    elif has_image "$image"; then
      say "    $image"
    else
      docker pull --quiet "$image" >/dev/null ||
        fail "$image is neither here nor to be had; name others in IMAGE_REPOSITORY and IMAGE_TAG," \
          "or none, so that they are built"
      say "    $image, pulled"
    fi
  done
}

# render COMPONENT...: writes the kustomization that puts the overlay, the components and the images
# together, and names in WORKLOADS what it makes.
render() {
  local component entry image
  local -r overlay=$(from_state k8s/overlays/kind)
  {
    echo "# Made by scripts/setup.sh; kubectl apply -k on this folder applies the same again."
    echo "apiVersion: kustomize.config.k8s.io/v1beta1"
    echo "kind: Kustomization"
    echo "resources:"
    echo "  - $overlay"
    (($# == 0)) || echo "components:"
    for component in "$@"; do
      echo "  - $(from_state "k8s/components/$component")"
    done
    echo "images:"
    for component in "${OUR_IMAGES[@]}"; do
      printf '  - {name: telemetron/%s, newName: %s, newTag: "%s"}\n' \
        "$component" "$REPOSITORY/$component" "$TAG"
    done
    for entry in "${FOREIGN_IMAGES[@]}"; do
      image=${entry%%=*}
      image=${!image:-}
      [[ -n $image ]] || continue
      [[ ${image##*/} == *:* ]] || fail "${entry%%=*} names $image without a tag; name one"
      printf '  - {name: %s, newName: %s, newTag: "%s"}\n' "${entry#*=}" "${image%:*}" "${image##*:}"
    done
  } >"$STATE/kustomization.yaml"
  k kustomize "$STATE" >"$STATE/rendered" || fail "the manifests cannot be put together; see above"
  mapfile -t WORKLOADS < <(workloads "$STATE/rendered")
  say "    ${#WORKLOADS[@]} workloads, from $STATE/kustomization.yaml"
}

delete_images() {
  local name
  for name in "${OUR_IMAGES[@]}"; do
    ! has_image "$REPOSITORY/$name:$TAG" || docker image rm "$REPOSITORY/$name:$TAG" >/dev/null
  done
}

# The path to a folder of this repository from the state's: kustomize takes no absolute ones.
from_state() {
  local here
  here=$(cd "$STATE" && pwd -P)
  printf '%s%s/%s' "$(sed 's|/[^/]*|../|g; s|/$||' <<<"$here")" "$(cd "$ROOT" && pwd -P)" "$1"
}

bring_images() {
  local images
  mapfile -t images < <(sed -n 's/^ *\(- \)\{0,1\}image: *//p' "$STATE/rendered" | tr -d '"' | sort -u)
  load_images "${images[@]}" "$REPOSITORY/demo:$TAG"
}

# make_secrets: a password of the database's own, made once.
make_secrets() {
  local password
  kn get namespace "$NAMESPACE" >/dev/null 2>&1 || k create namespace "$NAMESPACE" >/dev/null
  if kn get secret telemetron-database >/dev/null 2>&1; then
    say "    already there"
    return
  fi
  password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  kn create secret generic telemetron-database --from-env-file=/dev/stdin >/dev/null <<VALUES
DATABASE_URL=postgres://telemetron:$password@postgres:5432/telemetron
POSTGRES_PASSWORD=$password
VALUES
  say "    a password for Postgres, in the secret telemetron-database"
}

# apply: what is there already stays unless it changed. Jobs cannot be changed, and run anew when
# their image is another one or when they did not succeed.
apply() {
  local job
  for job in "${WORKLOADS[@]}"; do
    [[ $job == Job/* ]] || continue
    if ((${#CHANGED[@]})) || ! progress | grep -qxF "$job done"; then
      kn delete job "${job#*/}" --ignore-not-found >/dev/null
    fi
  done
  k apply --kustomize "$STATE" >"$STATE/applied" 2>"$STATE/apply.log" || {
    sed 's/^/    | /' "$STATE/apply.log" >&2
    fail "the cluster does not take the manifests, for the reason above; mend it and run this again"
  }
  say "    $(wc -l <"$STATE/applied") objects, of which $(grep -cv ' unchanged$' "$STATE/applied" || true) are new or changed"
  roll_out
}

# roll_out: restarts what runs an older image of the same name.
roll_out() {
  local image name
  for image in "${CHANGED[@]}"; do
    while IFS='|' read -r name _; do
      say "    restarting $name: its image is another one"
      kn rollout restart "$name" >/dev/null
    done < <(kn get deployments,statefulsets --output jsonpath='{range .items[*]}{.kind}/{.metadata.name}|{.spec.template.spec.containers[*].image} {"\n"}{end}' | grep -F "$image ")
  done
}

# The one that the demo asks by default.
OLLAMA_MODEL=${OLLAMA_MODEL:-qwen2.5:0.5b}

pull_model() {
  kn exec deployment/ollama -- ollama pull "$OLLAMA_MODEL" 2>&1 | tail -n 1 | sed 's/^/    /' >&2 ||
    fail "Ollama cannot fetch $OLLAMA_MODEL; run this again, or with --no-llm"
}

api() {
  curl --silent --fail --max-time 5 "http://$(host_port 30080)$1"
}

# await_api: the API answers on this machine's port.
await_api() {
  within 60 eval 'api /ready >/dev/null' ||
    fail "the API does not answer on $(host_port 30080); kubectl --namespace $NAMESPACE logs" \
      "deployment/telemetron-api says more"
}

has_trace() {
  api '/api/v1/traces?limit=1' | grep -q '"trace_id"'
}

# first_trace: the demo once, as a job, unless there is a trace already.
first_trace() {
  if has_trace; then
    say "    there are traces already"
    return
  fi
  kn delete job telemetron-first-trace --ignore-not-found >/dev/null
  kn apply --filename - >/dev/null <<YAML
apiVersion: batch/v1
kind: Job
metadata:
  name: telemetron-first-trace
  labels: {app.kubernetes.io/part-of: telemetron, app.kubernetes.io/component: demo}
spec:
  backoffLimit: 2
  ttlSecondsAfterFinished: 3600
  template:
    metadata:
      labels: {app.kubernetes.io/part-of: telemetron, app.kubernetes.io/component: demo}
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: demo
          image: $REPOSITORY/platform:$TAG
          imagePullPolicy: IfNotPresent
          args: [demo, --once]
          env: [{name: KAFKA_BOOTSTRAP_SERVERS, value: "kafka:9092"}]
          securityContext:
            {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
          resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 128Mi}}
YAML
  within 90 has_trace || explain "the first trace did not arrive" Job/telemetron-first-trace
  say "    it is there"
}

addresses() {
  local api dashboard
  api=$(host_port 30080)
  dashboard=$(host_port 30081)
  cat <<TEXT

  dashboard   http://${dashboard/127.0.0.1/localhost}
  API         http://${api/127.0.0.1/localhost}   (every endpoint: /docs)
  OTLP        gRPC $(host_port 30317), HTTP http://$(host_port 30318)
  Kafka       $(host_port 30092)   (inside: kafka:9092)
$(component_addresses)
  Try next:
    open http://${dashboard/127.0.0.1/localhost}
    curl ${api/127.0.0.1/localhost}/api/v1/traces
    kubectl -n $NAMESPACE create job demo-simple --image=$REPOSITORY/platform:$TAG -- telemetron demo --simple

TEXT
}

component_addresses() {
  grep -q '^  name: grafana$' "$STATE/rendered" || return 0
  echo "  Grafana     kubectl -n $NAMESPACE port-forward service/grafana 3000, then http://localhost:3000"
}
