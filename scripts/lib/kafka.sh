# Fetching the jars of Apache Kafka into the user's cache. Sourced, not run; needs say.sh.
# shellcheck shell=bash

# The version that scripts/kafka/pom.xml names.
kafka_version() {
  sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$ROOT/scripts/kafka/pom.xml"
}

kafka_jars() {
  printf '%s/telemetron/kafka-%s' "${XDG_CACHE_HOME:-$HOME/.cache}" "$(kafka_version)"
}

# Fetches the jars unless they are there. The folder is renamed into place when complete, so one
# that exists is whole, also when two of these run at once.
fetch_kafka() {
  local jars draft
  jars=$(kafka_jars)
  if [[ -d $jars ]]; then
    say "    already in $jars"
    return
  fi
  mkdir -p "${jars%/*}"
  draft=$(mktemp -d "$jars.XXXXXX")
  if ! copy_jars "$draft"; then
    rm -rf "$draft"
    fail "Maven could not fetch Apache Kafka; look at its message above and try again"
  fi
  chmod 755 "$draft"
  mv -T "$draft" "$jars" 2>/dev/null || rm -rf "$draft"
  [[ -d $jars ]] || fail "cannot write $jars"
}

copy_jars() {
  mvn --quiet --batch-mode -Dstyle.color=never --file "$ROOT/scripts/kafka/pom.xml" \
    dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$1"
}
