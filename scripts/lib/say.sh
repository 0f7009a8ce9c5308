# Telling the user what happens and how long it took. Sourced, not run.
# shellcheck shell=bash

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  say "error: $*"
  exit 1
}

# step TITLE COMMAND...: announces a step, runs it, says how long it took.
step() {
  local title=$1 started=$SECONDS
  shift
  say "==> $title"
  "$@" || return
  say "    done in $((SECONDS - started)) s"
}
