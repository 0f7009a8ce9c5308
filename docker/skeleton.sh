#!/bin/sh
#
# skeleton.sh SOURCE TARGET: copies the manifests of the workspace, and in place of every target's
# source an empty program. What is built from it is the dependencies and nothing else, so that the
# layer with them stays as it is until a manifest changes.

set -eu

source=$1
target=$2
mkdir -p "$target"
cp "$source/Cargo.toml" "$source/Cargo.lock" "$target/"
cd "$source"
find crates -name Cargo.toml | while read -r manifest; do
  crate=$(dirname "$manifest")
  mkdir -p "$target/$crate/src"
  cp "$manifest" "$target/$manifest"
  [ ! -f "$crate/src/lib.rs" ] || : >"$target/$crate/src/lib.rs"
done
# Programs and benchmarks; the manifests name the latter, and cargo looks whether they are there.
find crates -path '*/src/main.rs' -o -path '*/src/bin/*.rs' -o -path '*/benches/*.rs' |
  while read -r program; do
    mkdir -p "$target/$(dirname "$program")"
    echo 'fn main() {}' >"$target/$program"
  done
