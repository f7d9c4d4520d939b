#!/usr/bin/env bash
# Installs the development libraries that are missing (Debian, Ubuntu) and checks the Swift toolchain.
# Says nothing when there is nothing to do.
set -euo pipefail

packages=(
    libopenblas-dev libdnnl-dev libhdf5-dev libzstd-dev libssl-dev
    libjpeg-dev libpng-dev libwebp-dev libgif-dev libtiff-dev libavif-dev libheif-dev pkg-config
    libsnappy-dev zlib1g-dev libbrotli-dev liblz4-dev libopenmpi-dev openmpi-bin
)

die() {
    echo "setup: $*" >&2
    exit 1
}

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_missing() {
    local missing=() package
    for package in "${packages[@]}"; do
        # pkgconf replaces pkg-config on newer releases.
        [ "$package" = pkg-config ] && command -v pkg-config >/dev/null && continue
        installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "as root, run: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y)
    local install=("${apt[@]}" --no-install-recommends install "${missing[@]}")
    "${install[@]}" 2>/dev/null || { "${apt[@]}" update && "${install[@]}"; } ||
        die "apt-get could not install: ${missing[*]}"
}

check_swift() {
    command -v swift >/dev/null ||
        die "Swift is missing; install 6.2 or later from https://www.swift.org/install and put it on PATH"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || die "'swift --version' names no version; is this the Swift toolchain?"
    local major=${version%%.*} minor=${version#*.}
    if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
        die "Swift $version is too old; install 6.2 or later from https://www.swift.org/install"
    fi
}

if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    install_missing
else
    echo "setup: no apt-get here; the development files of these are needed: ${packages[*]}"
fi
check_swift
