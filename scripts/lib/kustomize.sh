# Building kustomize, which renders the manifests. Sourced, not run; needs say.sh, system.sh, ROOT.
# shellcheck shell=bash

# The version that scripts/kustomize/go.mod names.
kustomize_version() {
  sed -n 's|^[[:space:]]*sigs.k8s.io/kustomize/kustomize/v5 \(v[^ ]*\).*|\1|p' "$ROOT/scripts/kustomize/go.mod"
}

# need_kustomize: names in KUSTOMIZE the command that renders a folder: ours, built once from its Go
# modules into the cache; without Go that of kubectl; none where neither is there.
need_kustomize() {
  local built
  built=${XDG_CACHE_HOME:-$HOME/.cache}/telemetron/kustomize-$(kustomize_version)
  if [[ -x $built ]]; then
    say "    already in $built"
    KUSTOMIZE="$built build"
  elif has go; then
    mkdir -p "${built%/*}"
    go build -C "$ROOT/scripts/kustomize" -mod=readonly -trimpath -ldflags '-s -w' -o "$built.$$" \
      sigs.k8s.io/kustomize/kustomize/v5 || fail "Go could not build kustomize; look at its message above"
    mv "$built.$$" "$built"
    KUSTOMIZE="$built build"
  elif has kubectl; then
    say "    Go is missing; kubectl renders instead, with the kustomize that is in it"
    KUSTOMIZE="kubectl kustomize"
  else
    say "    skipped: neither Go nor kubectl is here, so nothing can be rendered (https://go.dev/dl)"
    KUSTOMIZE=
  fi
  export KUSTOMIZE
}
