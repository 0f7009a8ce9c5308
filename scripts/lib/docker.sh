# Docker, and the images that are built with it. Sourced, not run; needs say.sh, system.sh and ROOT.
# shellcheck shell=bash

need_docker() {
  local answer
  has docker || fail "docker is missing; install it (https://docs.docker.com/get-docker) and run this again"
  answer=$(docker version --format '{{.Server.Version}}' 2>&1) ||
    fail "docker does not answer ($(tail -n 1 <<<"$answer")); start it, or see to it that you may use it, and run this again"
  say "    docker $answer"
}

# need_memory MIB: what all containers together may use.
need_memory() {
  local bytes
  bytes=$(docker info --format '{{.MemTotal}}')
  ((bytes / 1048576 >= $1)) ||
    fail "docker has $((bytes / 1048576)) MiB of memory and $1 are needed; give it more and run this again"
  say "    $((bytes / 1048576)) MiB of memory"
}

# need_disk MIB: where docker keeps its data, if that can be seen from here.
need_disk() {
  local folder free
  folder=$(docker info --format '{{.DockerRootDir}}')
  free=$(df -Pm "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }')
  if [[ -z $free ]]; then
    say "    the disk of docker cannot be seen from here"
    return
  fi
  ((free >= $1)) ||
    fail "$free MiB are free in $folder and $1 are needed; make room (docker system prune) and run this again"
  say "    $free MiB of disk"
}

# The version of the workspace, which is the tag of its images.
workspace_version() {
  sed -n '/^\[workspace\.package\]/,/^\[/ s/^version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml"
}

revision() {
  git -C "$ROOT" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown
}

# build_image NAME TAG LOG: upon what TOOLCHAIN_IMAGE, BASE_IMAGE and NODE_IMAGE name, if they do.
build_image() {
  local name=$1 tag=$2 log=$3 base bases=(TOOLCHAIN_IMAGE BASE_IMAGE)
  local arguments=(--file "$ROOT/docker/rust.Dockerfile" --target "$name")
  if [[ $name == dashboard ]]; then
    bases=(NODE_IMAGE BASE_IMAGE)
    arguments=(--file "$ROOT/docker/dashboard.Dockerfile")
  fi
  for base in "${bases[@]}"; do
    [[ -z ${!base:-} ]] || arguments+=(--build-arg "$base=${!base}")
  done
  arguments+=(--build-arg "VERSION=$(workspace_version)" --build-arg "REVISION=$(revision)")
  docker build --tag "$tag" "${arguments[@]}" "$ROOT" >"$log" 2>&1 && return
  tail -n 20 "$log" | sed 's/^/    | /' >&2
  fail "$tag cannot be built, for the reason above (all of it in $log); mend it and run this" \
    "again, or name images that are ready: IMAGE_REPOSITORY, IMAGE_TAG"
}

has_image() {
  docker image inspect "$1" >/dev/null 2>&1
}

image_id() {
  docker image inspect --format '{{.Id}}' "$1"
}
