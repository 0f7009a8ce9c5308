# Installing what the build and the local services need, and only what is missing.
# Sourced, not run; needs say.sh and system.sh.
# shellcheck shell=bash

JAVA_OLDEST=17
POSTGRES_OLDEST=15

# install_packages [COMMAND...]: asks the system what it can do rather than what is installed, so that
# a compiler or a Java from elsewhere counts too. Commands named here come from packages of their name.
install_packages() {
  local missing command
  mapfile -t missing < <(missing_packages)
  for command in "$@"; do
    has "$command" || missing+=("$command")
  done
  if ((${#missing[@]} == 0)); then
    say "    nothing is missing"
    return
  fi
  if ! is_debian; then
    say "Missing here, by the names of their Debian packages: ${missing[*]}"
    say "Needed: a C compiler and make, pkg-config, the headers of OpenSSL and zlib, curl," \
      "Java $JAVA_OLDEST or later, Maven, and Postgres $POSTGRES_OLDEST or later (server and psql)."
    fail "this script installs packages on Debian and Ubuntu only; install them and run it again"
  fi
  say "    installing ${missing[*]}"
  apt_install "${missing[@]}"
}

missing_packages() {
  { has cc && has c++ && has make; } || echo build-essential
  if ! has pkg-config; then
    printf '%s\n' pkg-config libssl-dev zlib1g-dev
  else
    pkg-config --exists openssl || echo libssl-dev
    pkg-config --exists zlib || echo zlib1g-dev
  fi
  has curl || echo curl
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || ! is_debian || echo ca-certificates
  has_java || java_package
  has mvn || echo maven
  { has_postgres && has psql; } || echo postgresql
}

# The Java on the PATH, or that of JAVA_HOME, is new enough.
has_java() {
  local java=java version
  [[ -z ${JAVA_HOME:-} ]] || java=$JAVA_HOME/bin/java
  version=$("$java" -version 2>&1 | sed -n 's/^[a-z]* version "\([0-9]*\).*/\1/p') || return 1
  ((${version:-0} >= JAVA_OLDEST))
}

# The oldest release that will do and that this system offers.
java_package() {
  local release
  for release in 17 21 25; do
    if is_debian && apt-cache show "openjdk-$release-jre-headless" >/dev/null 2>&1; then
      echo "openjdk-$release-jre-headless"
      return
    fi
  done
  echo openjdk-17-jre-headless
}

has_postgres() {
  local postgres version
  for postgres in /usr/lib/postgresql/*/bin/postgres "$(command -v postgres || true)"; do
    [[ -x $postgres ]] || continue
    version=$("$postgres" --version | sed -n 's/^postgres (PostgreSQL) \([0-9]*\).*/\1/p')
    ((${version:-0} < POSTGRES_OLDEST)) || return 0
  done
  return 1
}

apt_install() {
  apt_get update
  case " $* " in
    *' postgresql '*) without_default_cluster apt_get install --no-install-recommends "$@" ;;
    *) apt_get install --no-install-recommends "$@" ;;
  esac
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get --quiet --quiet --yes -o DPkg::Lock::Timeout=300 "$@" >&2
}

CLUSTER_SETTINGS=/etc/postgresql-common/createcluster.conf
CLUSTER_MARK='# while telemetron installs Postgres'

# Runs a command that installs Postgres in such a way that Debian makes and starts no cluster:
# ours are private. The setting is taken back, because it is the administrator's.
without_default_cluster() {
  local candidate
  candidate=$(apt-cache policy postgresql | sed -n 's/.*Candidate: \([0-9]*\).*/\1/p')
  ((${candidate:-0} >= POSTGRES_OLDEST)) ||
    fail "this system offers Postgres ${candidate:-none}, and $POSTGRES_OLDEST is needed;" \
      "add the repository at https://www.postgresql.org/download/ and run this again"
  apt_get install --no-install-recommends postgresql-common
  echo "create_main_cluster = false $CLUSTER_MARK" |
    as_root tee --append "$CLUSTER_SETTINGS" >/dev/null
  local outcome=0
  "$@" || outcome=$?
  as_root sed --in-place "/$CLUSTER_MARK\$/d" "$CLUSTER_SETTINGS"
  return "$outcome"
}
