# Building and running a Kubernetes API server without nodes. Sourced, not run; needs say.sh,
# system.sh.
# shellcheck shell=bash

# The version that scripts/kubernetes/go.mod names.
kubernetes_version() {
  sed -n 's|^require k8s.io/kubernetes \(v.*\)|\1|p' "$ROOT/scripts/kubernetes/go.mod"
}

# The folder with the programs: the one named, else that of the cache.
kubernetes_programs() {
  printf '%s' "${TELEMETRON_KUBE_APISERVER:-${XDG_CACHE_HOME:-$HOME/.cache}/telemetron/kubernetes-$(kubernetes_version)}"
}

# Builds the programs unless they are there, which takes a quarter of an hour on two cores. The
# folder is renamed into place when complete, so one that exists is whole.
build_kubernetes() {
  local programs draft
  programs=$(kubernetes_programs)
  if [[ -x $programs/kube-apiserver ]]; then
    say "    already in $programs"
    return
  fi
  [[ -z ${TELEMETRON_KUBE_APISERVER:-} ]] || fail "no kube-apiserver in $programs"
  has go || fail "Go 1.24 or newer builds Kubernetes; install it first (https://go.dev/dl)"
  mkdir -p "${programs%/*}"
  draft=$(mktemp -d "$programs.XXXXXX")
  if ! compile_kubernetes "$draft"; then
    rm -rf "$draft"
    fail "Go could not build Kubernetes; look at its message above and try again"
  fi
  chmod 755 "$draft"
  mv -T "$draft" "$programs" 2>/dev/null || rm -rf "$draft"
  [[ -x $programs/kube-apiserver ]] || fail "cannot write $programs"
}

compile_kubernetes() {
  local version flags
  version=$(kubernetes_version)
  flags="-s -w -X k8s.io/component-base/version.gitVersion=$version"
  for program in \
    etcd=go.etcd.io/etcd/server/v3 \
    kube-apiserver=k8s.io/kubernetes/cmd/kube-apiserver \
    kube-controller-manager=k8s.io/kubernetes/cmd/kube-controller-manager; do
    say "    building ${program%%=*}"
    nice go build -C "$ROOT/scripts/kubernetes" -mod=readonly -trimpath -ldflags "$flags" \
      -o "$1/${program%%=*}" "${program#*=}" || return
  done
}

# start_kubernetes DIR: starts in DIR whatever of it does not run, and waits until it answers.
start_kubernetes() {
  cd "$1" || fail "cannot enter $1"
  [[ -f port ]] || echo "${KUBERNETES_PORT:-16443}" >port
  PORT=$(<port)
  credentials
  run_etcd
  run_apiserver
  write_kubeconfig
  await "the API server" answers
  run_controllers
  # Pods are refused in a namespace until a controller has given it an account.
  await "the controllers" has_account
}

# stop_kubernetes DIR: ends whatever of it runs.
stop_kubernetes() {
  local name
  cd "$1" || fail "cannot enter $1"
  for name in kube-controller-manager kube-apiserver etcd; do
    is_running "$name" || continue
    kill "$(<"$name.pid")"
    await "the end of $name" is_gone "$name"
  done
}

# The key that signs the tokens of accounts, and the token of whoever may do everything.
credentials() {
  [[ -f accounts.key ]] || (umask 077 && openssl genrsa -out accounts.key 2048 2>/dev/null) ||
    fail "openssl could not make a key"
  [[ -f token ]] || (umask 077 && openssl rand -hex 32 >token)
  (umask 077 && printf '%s,admin,admin,"system:masters"\n' "$(<token)" >tokens.csv)
}

run_etcd() {
  local clients=http://127.0.0.1:$((PORT + 1)) peers=http://127.0.0.1:$((PORT + 2))
  background etcd --name local --data-dir etcd --log-level warn --unsafe-no-fsync \
    --listen-client-urls "$clients" --advertise-client-urls "$clients" \
    --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" \
    --initial-cluster "local=$peers"
}

# Its certificate is of its own making.
run_apiserver() {
  background kube-apiserver --bind-address 127.0.0.1 --secure-port "$PORT" --cert-dir certificates \
    --advertise-address 127.0.0.1 --endpoint-reconciler-type none \
    --etcd-servers "http://127.0.0.1:$((PORT + 1))" --token-auth-file tokens.csv \
    --authorization-mode RBAC --service-cluster-ip-range 10.0.0.0/24 \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file accounts.key --service-account-signing-key-file accounts.key
}

# Nobody may conclude that the nodes are gone: there are none.
run_controllers() {
  background kube-controller-manager --kubeconfig kubeconfig --bind-address 127.0.0.1 \
    --secure-port "$((PORT + 3))" --cert-dir certificates --leader-elect=false \
    --use-service-account-credentials --service-account-private-key-file accounts.key \
    --controllers '*,-node-lifecycle-controller,-pod-garbage-collector-controller'
}

write_kubeconfig() {
  await "the certificate" test -s certificates/apiserver.crt
  (umask 077 && cat >kubeconfig) <<YAML
apiVersion: v1
kind: Config
current-context: local
clusters:
  - name: telemetron-local
    cluster: {server: "https://127.0.0.1:$PORT", certificate-authority: $PWD/certificates/apiserver.crt}
users:
  - name: admin
    user: {token: $(<token)}
contexts:
  - name: local
    context: {cluster: telemetron-local, user: admin}
YAML
}

# background NAME ARGUMENT...: runs a program unless it runs; it outlives this script.
background() {
  local name=$1
  shift
  is_running "$name" && return
  setsid "$(kubernetes_programs)/$name" "$@" >>"$name.log" 2>&1 </dev/null &
  echo $! >"$name.pid"
}

is_running() {
  [[ -f $1.pid && $(readlink "/proc/$(<"$1.pid")/exe") == "$(readlink -f "$(kubernetes_programs)/$1")" ]]
}

is_gone() {
  ! is_running "$1"
}

answers() {
  ask /readyz >/dev/null
}

has_account() {
  ask /api/v1/namespaces/default/serviceaccounts/default >/dev/null
}

ask() {
  curl --silent --fail --max-time 5 --cacert certificates/apiserver.crt \
    --header "authorization: Bearer $(<token)" "https://127.0.0.1:$PORT$1" 2>/dev/null
}

# await WHAT COMMAND...: tries a command until it succeeds, for two minutes.
await() {
  local what=$1 deadline=$((SECONDS + 120))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || fail "waited in vain for $what; the logs are in $PWD"
    sleep 0.2
  done
}
