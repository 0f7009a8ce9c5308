# kind and kubectl, fetched where they are missing. Sourced, not run; needs say.sh, system.sh.
# shellcheck shell=bash

# What is fetched. Others that are installed are taken as they are.
KIND_VERSION=v0.30.0
KUBECTL_VERSION=v1.34.1

# Where fetched programs are kept.
tools_home() {
  printf '%s/telemetron/bin' "${XDG_CACHE_HOME:-$HOME/.cache}"
}

# need_tools: kind and kubectl on the PATH. KIND_URL and KUBECTL_URL name other addresses than the
# official ones (file:///… too); KIND_SHA256 and KUBECTL_SHA256 other sums than those that are
# published beside them.
need_tools() {
  local system
  PATH=$(tools_home):$PATH
  has curl || fail "curl is missing; install it and run this again"
  system=$(uname -s | tr '[:upper:]' '[:lower:]')/$(machine) || exit
  need_tool kind "${KIND_URL:-https://kind.sigs.k8s.io/dl/$KIND_VERSION/kind-${system/\//-}}" \
    .sha256sum "${KIND_SHA256:-}"
  need_tool kubectl "${KUBECTL_URL:-https://dl.k8s.io/release/$KUBECTL_VERSION/bin/$system/kubectl}" \
    .sha256 "${KUBECTL_SHA256:-}"
  say "    $(kind version | cut -d ' ' -f 1,2), kubectl $(kubectl_version)"
}

kubectl_version() {
  kubectl version --client --output json | sed -n 's/.*"gitVersion": "\(.*\)".*/\1/p' | head -n 1
}

machine() {
  case $(uname -m) in
    x86_64 | amd64) echo amd64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) fail "there is no kind for $(uname -m)" ;;
  esac
}

# need_tool NAME ADDRESS SUFFIX SUM: fetches it unless there is one, and keeps it only when its sum
# is that given, or that published at the address with the suffix.
need_tool() {
  local name=$1 address=$2 sum=$4 draft
  has "$name" && return
  say "    fetching $name from $address"
  mkdir -p "$(tools_home)"
  draft=$(mktemp "$(tools_home)/.$name.XXXXXX")
  if ! fetch "$address" "$draft"; then
    rm -f "$draft"
    fail "$name cannot be fetched; install it, or name another address in ${name^^}_URL, and run this again"
  fi
  if [[ -z $sum ]]; then
    sum=$(fetch "$address$3" - | cut -d ' ' -f 1) || true
  fi
  if [[ -z $sum || $(sha256 "$draft") != "$sum" ]]; then
    rm -f "$draft"
    fail "the checksum of $name is not ${sum:-published at $address$3}; name the right one in ${name^^}_SHA256"
  fi
  chmod 755 "$draft"
  mv "$draft" "$(tools_home)/$name"
}

fetch() {
  curl --location --silent --show-error --fail --connect-timeout 15 --retry 2 --output "$2" "$1"
}

sha256() {
  if has sha256sum; then
    sha256sum "$1" | cut -d ' ' -f 1
  else
    shasum --algorithm 256 "$1" | cut -d ' ' -f 1
  fi
}
