# Prometheus' own checker of rules. Sourced, not run; needs say.sh and system.sh.
# shellcheck shell=bash

# need_promtool: puts promtool on the PATH. It is in Debian's package prometheus, which would start a
# Prometheus when it is installed; so the package is unpacked into the cache.
need_promtool() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/telemetron/promtool unpacked
  if has promtool; then
    say "    already there"
  elif [[ -x $cache/promtool ]]; then
    say "    already in $cache"
    PATH=$cache:$PATH
  elif ! is_debian; then
    say "    skipped: promtool is not installed, and this script fetches it on Debian and Ubuntu only"
  else
    unpacked=$(mktemp -d)
    (cd "$unpacked" && apt-get --quiet --quiet download prometheus && dpkg-deb --extract ./*.deb .) ||
      fail "Debian's package prometheus, which has promtool, cannot be had; try apt-get update"
    mkdir -p "$cache"
    mv "$unpacked/usr/bin/promtool" "$cache/promtool"
    rm -r "$unpacked"
    PATH=$cache:$PATH
  fi
  export PATH
}
