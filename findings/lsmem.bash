# Helper for the finding scripts about lsmem: sourced, not run. It reads made folders only (`--sysroot`), no machine's memory.
source "$(dirname "$0")/guest.bash"

# get_lsmem: Debian's lsmem of bookworm and of sid, each with the libraries it was built for
get_lsmem() {
  unpack 2.38 amd64 bookworm util-linux=2.38.1-5+deb12u3 libsmartcols1=2.38.1-5+deb12u3 libc6=2.36-9+deb12u14
  unpack 2.42 amd64 sid util-linux-extra=2.42.4-1 libsmartcols1=2.42.4-1 libc6=2.43-7
}

# lsmem VERSION ARGUMENT...: what lsmem 2.38 or 2.42 prints of the machine in $tmp/machine, errors too, one line after the other with | between
lsmem() {
  local at=$tmp/$1 libraries
  shift
  libraries=$at/usr/lib/x86_64-linux-gnu:$at/lib/x86_64-linux-gnu
  LC_ALL=C timeout 20 "$(find "$at" -name 'ld-linux-x86-64.so.2' -type f | head -n 1)" --argv0 lsmem --library-path "$libraries" \
    "$at/usr/bin/lsmem" --sysroot "$tmp/machine" --summary=never "$@" 2>&1 | paste -sd'|'
}

# block NUMBER NODE STATE: adds a block of 128 MiB to the machine; an empty NODE: on none
block() {
  local memory=$tmp/machine/sys/devices/system/memory
  mkdir -p "$memory/memory$1/node$2"
  echo 8000000 >"$memory/block_size_bytes"
  echo "$3" >"$memory/memory$1/state"
  echo 1 >"$memory/memory$1/removable"
  echo Normal >"$memory/memory$1/valid_zones"
}

# configured NUMBER 0|1: tells that a block is configured, as the firmware's folder (s390) does
configured() {
  local firmware=$tmp/machine/sys/firmware/memory/memory$1
  mkdir -p "$firmware"
  echo "$2" >"$firmware/config"
  echo 0 >"$firmware/memmap_on_memory"
}
