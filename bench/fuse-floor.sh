#!/usr/bin/env bash
# What lsmem takes at the least over FUSE: beside plain files, a server in C that does nothing but answer (fuse-floor.c). Seconds, the first
# time and the least of five more. Needs root, gcc, pkg-config, libfuse3-dev, util-linux.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'umount "$folder/mounted" 2>/dev/null || true; rm -rf "$folder"' EXIT
# shellcheck disable=SC2046
gcc -O2 -Wall -Wextra -o "$folder/floor" fuse-floor.c $(pkg-config --cflags --libs fuse3)
memory=$folder/plain/sys/devices/system/memory
mkdir -p "$memory" "$folder/mounted"
echo 8000000 >"$memory/block_size_bytes"
for ((block = 0; block < 32768; block++)); do
  mkdir "$memory/memory$block"
  cd "$memory/memory$block"
  echo online >state; echo 1 >removable; echo Movable >valid_zones; printf '%08x\n' "$block" >phys_index; echo 0 >phys_device
done
cd "$folder"
TIMEFORMAT=%R
# seconds ROOT: of one lsmem
seconds() { { time lsmem --sysroot "$1" >/dev/null; } 2>&1; }
# row NAME ROOT
row() {
  local first
  first=$(seconds "$2")
  echo "$1: $first s the first time, $(for _ in 1 2 3 4 5; do seconds "$2"; done | sort -n | head -n 1) s again"
}
row 'plain files' plain
for mode in live kept; do
  ./floor mounted "$mode" &
  until mountpoint -q mounted; do sleep 0.1; done
  row "FUSE, $mode" mounted
  umount mounted
  wait
done
