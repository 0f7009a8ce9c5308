# What the system is, and becoming root on it. Sourced, not run; needs say.sh.
# shellcheck shell=bash

has() {
  command -v "$1" >/dev/null 2>&1
}

is_debian() {
  has apt-get && has dpkg-query
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    fail "'$*' needs root; run this as root or install sudo"
  fi
}
