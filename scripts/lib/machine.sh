# Saying on what machine a figure was measured. Sourced, not run; needs kafka.sh.
# shellcheck shell=bash

machine_facts() {
  local model memory
  model=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
  memory=$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)
  echo "date        $(date --utc +%Y-%m-%d)"
  echo "processors  $(nproc) x ${model:-unknown}"
  echo "memory      $memory GiB"
  echo "kernel      $(uname -sr)"
  echo "Postgres    $(postgres_version)"
  echo "Kafka       $(kafka_version)"
  echo "rustc       $(rustc --version | cut -d ' ' -f 2)"
  echo "load        $(cut -d ' ' -f 1 /proc/loadavg) before the first figure"
}

# The newest of the installed ones, as the platform chooses.
postgres_version() {
  local postgres
  postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
  [[ -x $postgres ]] || postgres=$(command -v postgres || true)
  [[ -n $postgres ]] && "$postgres" --version | sed 's/^postgres (PostgreSQL) \([0-9.]*\).*/\1/'
}
