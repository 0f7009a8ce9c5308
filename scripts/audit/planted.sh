#!/usr/bin/env bash
#
# Plants the faults of `faults/` into a copy of the sources, builds it once, audits each fault in turn,
# and prints what was found of it. Names of faults as arguments choose some. With --check it only
# looks whether all of them still apply. Safe to repeat; the copy is kept below the target folder.
#
# The variable PLANTED chooses a fault at run time: one build is enough for all of them, and the same
# binary without a fault shows that nothing is found where nothing is wrong.

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
  git -C "$ROOT" apply --check "$FAULTS"/*.patch
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

# What is linked may name files that are gone by now: then all of it is built anew.
build() {
  compile && return
  say "    building everything anew"
  rm -rf "$HOME_OF_COPY/target"
  compile
}

# As the tests build it: the same features, so that what others' crates became there serves here.
compile() {
  CARGO_TARGET_DIR=$HOME_OF_COPY/target cargo test --quiet --locked --no-run \
    --manifest-path "$TREE/Cargo.toml" --workspace --test e2e
}

# audit NAME FIND ARGUMENTS: audits a fault; says in FOUND what was named, and fails when it is not
# what was to be found.
audit() {
  local report=$HOME_OF_COPY/$1.json arguments outcome=0
  eval "arguments=($3)"
  rm -f "$report"
  PLANTED=$1 "$ROOT/scripts/audit/audit.sh" --bin "$HOME_OF_COPY/target/debug/telemetron" \
    --json "$report" "${arguments[@]}" || outcome=$?
  FOUND="no verdict ($outcome)"
  [[ -s $report ]] || return 1
  FOUND=$(sed -n 's/^ *"kind": "\(.*\)",$/\1/p' "$report" | sort -u | paste -sd, | sed 's/,/, /g')
  FOUND=${FOUND:-nothing}
  [[ ", $FOUND, " == *", $2, "* ]]
}

# plant NAME WHAT FIND ARGUMENTS: audits a fault and adds a line to the table.
plant() {
  local mark='found '
  say "==> $1: $2"
  audit "$1" "$3" "$4" || {
    mark=MISSED
    missed=$((missed + 1))
  }
  table+=("$(printf '%s  %-26s planted: %-18s named: %s' "$mark" "$1" "$3" "$FOUND")")
}

# wanted NAME NAME...: whether the first one is among the others, or there are none.
wanted() {
  (($# == 1)) || [[ " ${*:2} " == *" $1 "* ]]
}

if [[ ${1:-} == --check ]]; then
  check || fail "a planted fault does not apply any more; make its patch anew"
  exit
fi
need_rust
copy_sources
share_target
git -C "$TREE" apply "$FAULTS"/*.patch
step "Building with all faults" build
table=()
missed=0
if wanted none "$@"; then
  plant none "no fault at all" nothing '--seed 1 --faults none --seconds 20'
fi
for patch in "$FAULTS"/*.patch; do
  name=${patch##*/}
  name=${name%.patch}
  find=$(head_of "$patch" Find)
  if [[ -n $find ]] && wanted "$name" "$@"; then
    plant "$name" "$(head_of "$patch" What)" "$find" "$(head_of "$patch" With)"
  fi
done
printf '%s\n' "${table[@]}"
echo "$((${#table[@]} - missed)) found, $missed missed"
((missed == 0))
