#!/usr/bin/env bash
# Installs what a task needs from Debian's packages; does nothing when all of it is there.
# usage: scripts/packages.sh build|run|fleet|image|test|bench|lint|fuzz|coverage …
set -euo pipefail

build=(g++ cmake ninja-build ccache mold pkg-config ca-certificates
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libssl-dev libcurl4-openssl-dev libsqlitecpp-dev libsqlite3-dev libpq-dev libhiredis-dev libyaml-cpp-dev libseccomp-dev
  libcli11-dev libfmt-dev libspdlog-dev prometheus-cpp-dev
  libgtest-dev libgmock-dev python3)
run=(git curl openssl jq)
fleet=(redis-server postgresql python3)
# What the programs are linked with, and curl for a container's health check.
image=(ca-certificates curl libboost-url1.81.0 libboost-json1.81.0 libcurl4 libfmt9 libhiredis0.14 libpq5
  libprometheus-cpp-core1.0 libseccomp2 libspdlog1.10 libsqlite3-0 libssl3 libyaml-cpp0.7)
test=(valgrind python3-pytest python3-yaml python3-ahocorasick nodejs npm nginx-light sqlite3 procps gh)
bench=(wrk hyperfine valgrind nginx-light redis-server curl)
lint=(clang-format-19 clang-tidy-19 clang-tools-19 shellcheck)
fuzz=(clang-19 libclang-rt-19-dev)
coverage=(gcovr)

wanted=()
for task in "$@"; do
  case "$task" in
    build) wanted+=("${build[@]}") ;;
    run) wanted+=("${run[@]}") ;;
    fleet) wanted+=("${fleet[@]}") ;;
    image) wanted+=("${image[@]}") ;;
    test) wanted+=("${run[@]}" "${fleet[@]}" "${test[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    fuzz) wanted+=("${fuzz[@]}") ;;
    coverage) wanted+=("${coverage[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    *) echo "packages.sh: unknown task '$task'" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
# A Node.js that is not Debian's brings npm with it, and the two packages conflict.
if command -v node >/dev/null && command -v npm >/dev/null; then
  kept=()
  for package in "${missing[@]}"; do
    case "$package" in nodejs | npm) ;; *) kept+=("$package") ;; esac
  done
  missing=("${kept[@]}")
fi
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "packages.sh: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
