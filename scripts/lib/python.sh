# A Python with the packages that a list names. Sourced, not run; needs say.sh, system.sh,
# packages.sh and ROOT.
# shellcheck shell=bash

# The oldest that the scripts are written for.
PYTHON_OLDEST='(3, 11)'

# need_python REQUIREMENTS [FOLDER]: names in PYTHON one that has them, in an environment below the
# target folder that is made anew whenever the list changes.
need_python() {
  local home base
  home=${CARGO_TARGET_DIR:-$ROOT/target}/${2:-python}
  PYTHON=$home/bin/python
  if [[ -x $PYTHON ]] && cmp --silent "$1" "$home/requirements.txt"; then
    return
  fi
  base=$(new_python) || install_python
  base=${base:-$(new_python)} || fail "Python 3.11 or later is missing; install it and run this again"
  rm -rf "$home"
  "$base" -m venv "$home" || fail "Python cannot make an environment in $home"
  "$PYTHON" -m pip --quiet --disable-pip-version-check install --requirement "$1" >&2 ||
    fail "pip could not install what $1 names; look at its message above and try again"
  cp "$1" "$home/requirements.txt"
}

install_python() {
  is_debian || return 0
  say "    installing Python"
  apt_install python3 python3-venv
}

# The first Python that is new enough and can make environments.
new_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c "import ensurepip, sys; sys.exit(sys.version_info < $PYTHON_OLDEST)" \
      2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}
