#!/usr/bin/env bash
#
# Checks the product on infrastructure of others, all of it started here on loopback: three brokers
# with SASL and TLS, Postgres with TLS and a synchronous replica, PgBouncer. Takes areas to check
# (topics doors encryption losses failover pooler); all of them otherwise. With --seed or --seeds it runs
# seeds of the auditor there, with its other arguments. Safe to repeat.
#
# The last line says how many checks passed, failed and were skipped.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/lib/kafka.sh"
source "$ROOT/scripts/lib/python.sh"

# PgBouncer alone may be missing: its checks are skipped then.
pooler() {
  if has pgbouncer || [[ -x /usr/sbin/pgbouncer ]]; then
    say "    already there"
  elif is_debian && ((EUID == 0)); then
    apt_install pgbouncer || say "    PgBouncer cannot be installed; its checks are skipped"
  else
    say "    skipped: PgBouncer is not installed; its Debian package is pgbouncer"
  fi
}

step "System packages" install_packages openssl
step "PgBouncer" pooler
if [[ -z ${KAFKA_JARS:-} ]]; then
  step "Apache Kafka $(kafka_version)" fetch_kafka
  KAFKA_JARS=$(kafka_jars)
fi
export KAFKA_JARS
need_python "$ROOT/scripts/audit/requirements.txt"
export PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$ROOT/scripts/audit:$ROOT/scripts/infrastructure${PYTHONPATH:+:$PYTHONPATH}
case ${1:-} in
  --seed*) exec "$PYTHON" -m infra.seeds "$@" ;;
  *) exec "$PYTHON" -m infra "$@" ;;
esac
