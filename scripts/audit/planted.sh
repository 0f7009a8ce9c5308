#!/usr/bin/env bash
#
# Plants each fault of `faults/` into a copy of the sources, builds it, audits it, and prints what
# was found of it. Names of faults as arguments choose some. With --check it only looks whether all
# of them still apply. Safe to repeat; the copy is kept below the target folder.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/say.sh"
source "$ROOT/scripts/lib/system.sh"
source "$ROOT/scripts/lib/rust.sh"

FAULTS=$ROOT/scripts/audit/faults
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
HOME_OF_COPY=$TARGET/planted
TREE=$HOME_OF_COPY/tree

# head_of PATCH WORD: what the head of a patch says after a word.
head_of() {
  sed -n "s/^$2: //p;/^diff /q" "$1"
}

check() {
  local patch bad=0
  for patch in "$FAULTS"/*.patch; do
    git -C "$ROOT" apply --check "$patch" && continue
    say "    does not apply any more: ${patch##*/}"
    bad=1
  done
  return "$bad"
}

# The sources as they are committed, in a work tree of their own.
copy_sources() {
  if [[ -e $TREE/.git ]]; then
    git -C "$TREE" checkout --quiet --force --detach "$(git -C "$ROOT" rev-parse HEAD)"
    git -C "$TREE" clean --quiet --force -d
  else
    git -C "$ROOT" worktree prune
    git -C "$ROOT" worktree add --quiet --force --detach "$TREE" HEAD
  fi
}

# What was built of others' crates serves here as well: linked, not copied.
share_target() {
  local built
  [[ ! -d $HOME_OF_COPY/target ]] || return 0
  mkdir -p "$HOME_OF_COPY/target/debug"
  for built in deps build .fingerprint; do
    [[ ! -d $TARGET/debug/$built ]] ||
      cp --archive --link "$TARGET/debug/$built" "$HOME_OF_COPY/target/debug/"
  done
}

build() {
  CARGO_TARGET_DIR=$HOME_OF_COPY/target cargo build --quiet --locked \
    --manifest-path "$TREE/Cargo.toml" --package telemetron
}

# audit PATCH REPORT: runs the auditor as the patch says.
audit() {
  local arguments
  eval "arguments=($(head_of "$1" With))"
  "$ROOT/scripts/audit/audit.sh" --bin "$HOME_OF_COPY/target/debug/telemetron" --json "$2" \
    "${arguments[@]}"
}

# plant PATCH: builds and audits; says in FOUND what was named, and fails when it is not the fault.
plant() {
  local name=${1##*/} report outcome=0
  name=${name%.patch}
  report=$HOME_OF_COPY/$name.json
  rm -f "$report"
  copy_sources
  git -C "$TREE" apply "$1" || { FOUND="does not apply" && return 1; }
  build || { FOUND="does not build" && return 1; }
  audit "$1" "$report" || outcome=$?
  [[ -s $report ]] || { FOUND="no verdict ($outcome)" && return 1; }
  FOUND=$(sed -n 's/^      *"kind": "\(.*\)",$/\1/p' "$report" | sort -u | paste -sd, | sed 's/,/, /g')
  FOUND=${FOUND:-nothing}
  [[ ", $FOUND, " == *", $(head_of "$1" Find), "* ]]
}

if [[ ${1:-} == --check ]]; then
  check
  exit
fi
need_rust
copy_sources
share_target
table=()
missed=0
for patch in "$FAULTS"/*.patch; do
  name=${patch##*/}
  name=${name%.patch}
  (($# == 0)) || [[ " $* " == *" $name "* ]] || continue
  say "==> $name: $(head_of "$patch" What)"
  mark='found ' FOUND=
  plant "$patch" || { mark=MISSED && missed=$((missed + 1)); }
  table+=("$(printf '%s  %-26s planted: %-18s named: %s' "$mark" "$name" "$(head_of "$patch" Find)" "$FOUND")")
done
printf '%s\n' "${table[@]}"
echo "$((${#table[@]} - missed)) found, $missed missed"
((missed == 0))
