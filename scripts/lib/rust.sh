# Finding Rust, or installing it. Sourced, not run; needs say.sh and system.sh.
# shellcheck shell=bash

# find_rust: puts cargo on the PATH when rustup installed it for this user.
find_rust() {
  has cargo || PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
  has cargo
}

need_rust() {
  find_rust || fail "Rust is missing; install it from https://rustup.rs and run this again"
}

# install_rust: rustup alone; cargo then fetches the toolchain that rust-toolchain.toml names.
install_rust() {
  if find_rust; then
    say "    already there"
    return
  fi
  has curl || apt_install curl ca-certificates
  curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
    sh -s -- -y --quiet --no-modify-path --profile minimal --default-toolchain none
  need_rust
}
