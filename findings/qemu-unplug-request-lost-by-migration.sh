#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine pc.
# A `device_del` of a DIMM that the guest has not yet answered is not part of what is migrated: the destination has the DIMM, the
# guest is never told, and no event says so. The same request to the same stopped guest, which then goes on without being
# migrated, is carried out within seconds.
# One would guess that it travels: the state of every slot does (whether it was inserted, what the guest last answered).
# Seen: not migrated: the blocks of the DIMM are gone. Saved to a file and loaded again: they are there.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64
machine=(-m 512M,slots=2,maxmem=4G -object memory-backend-ram,id=m1,size=256M -device pc-dimm,id=d1,memdev=m1)

hmp() { printf '%s\n' "$@" >"$tmp/guest/monitor"; }

# follow COMMAND...: stops the guest when it has booted and gives the monitor the commands; prints what the guest says
follow() {
  local line
  while read -r line; do
    case $line in
      booted) hmp stop "$@" ;;
      *) echo "$line" ;;
    esac
  done
}

run() {
  guest amd64 "$kernel" '' "${machine[@]}" "$@" <<'END'
for block in /sys/devices/system/memory/memory3[23]; do echo online_movable >$block/state; done
echo booted
sleep 15
cd /sys/devices/system/memory
for block in memory32 memory33; do [ -e $block ] && echo $block is there || echo $block is gone; done | paste -sd,
END
}

# A guest that was stopped when it was saved is stopped when it has been loaded.
load() {
  for _ in 1 2 3 4 5 6; do
    sleep 10
    [ ! -p "$tmp/guest/monitor" ] || hmp cont
  done >/dev/null 2>&1 &
  run -incoming "exec:cat $tmp/saved"
}

check 'device_del, not migrated' "$(run | follow 'device_del d1' cont)" 'memory32 is gone,memory33 is gone'
run | follow 'device_del d1' "migrate \"exec:cat >$tmp/saved\"" quit
[ -s "$tmp/saved" ] || give_up 'the guest was not saved'
check 'device_del, saved, loaded' "$(load)" 'memory32 is there,memory33 is there'
finish
