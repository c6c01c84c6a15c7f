#!/bin/sh
# Fetches util-linux's dumps of memory directories into a folder: sh scripts/fetch-lsmem-dumps.sh FOLDER
# They are test data of util-linux (GPL), taken from Debian's source package, and stay outside the repository. Then:
#   MEMHP_LSMEM_DUMPS=FOLDER npx vitest run apps/cli/tests/lsmem-dumps.test.ts
# Needs apt with a deb-src line, tar, xz and bzip2. Not for CI.
set -eu
folder=${1:?a folder is to be named}
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get source --download-only util-linux)
tar -xf "$work"/util-linux_*.orig.tar.* -C "$work" --wildcards '*/tests/ts/lsmem/dumps/*'
cp "$work"/*/tests/ts/lsmem/dumps/*.tar.bz2 "$folder"
ls "$folder"
