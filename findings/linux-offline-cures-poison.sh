#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine q35 with 512 MiB and a DIMM of 256 MiB.
# A page is poisoned (here a free one, by hard_offline_page, as a machine check does): it is out of use, /proc/kpageflags marks it, and
# HardwareCorrupted counts 4 kB. Its block is taken offline and online again: the page is free memory, without a mark, while
# HardwareCorrupted still counts it, then and after the DIMM is gone. The next error in it counts a second page. Later kernels refuse the
# block instead (linux-poisoned-page-keeps-block-offline.sh).
# One would guess that a page with a hardware error stays out of use until the memory is pulled out: so it is while the block is online.
# Seen: flags 80000 (hwpoison), after the cycle 400 (buddy), as before the error; 4 kB lost; after a second error of the same page 8 kB;
# 4 kB without the DIMM.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
# The kernel for clouds is built without memory failures.
unpack kernel amd64 bookworm linux-image-6.1.0-50-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-amd64

# cycle STATE: poisons a page of memory33, writes STATE to the block and brings it online, poisons the page again, and pulls the DIMM out
cycle() {
  { echo "state=$1"; cat <<'END'
cd /sys/devices/system/memory
page=$((33 * 32768 + 1000))
flags() { dd if=/proc/kpageflags bs=8 skip=$page count=1 2>/dev/null | od -An -tx8 | sed 's/^ *0*//'; }
lost() { awk '/HardwareCorrupted/ { print $2 " kB" }' /proc/meminfo; }
poison() { printf '0x%x\n' $((page * 4096)) >hard_offline_page 2>/dev/null; }
echo "@hmp device_add pc-dimm,id=d1,memdev=m1"; sleep 10
echo online_movable >memory33/state
all="flags $(flags)"
poison
all="$all, poisoned $(flags) $(lost)"
echo $state >memory33/state
echo online_movable >memory33/state
all="$all, after the cycle $(flags) $(lost)"
poison
all="$all, again $(flags) $(lost)"
echo offline >memory33/state
echo "@hmp device_del d1"; sleep 10
echo seen: $all, $(ls | grep -c 'memory3[23]$') blocks without the DIMM and $(lost)
END
  } | guest amd64 "$kernel" nokaslr -machine q35 -m 512M,slots=1,maxmem=4G -object memory-backend-ram,id=m1,size=256M |
    sed -n 's/.*seen: //p'
}
check 'offline and online' "$(cycle offline)" \
  'flags 400, poisoned 80000 4 kB, after the cycle 400 4 kB, again 80000 8 kB, 0 blocks without the DIMM and 4 kB'
check 'online all the time' "$(cycle online_movable)" \
  'flags 400, poisoned 80000 4 kB, after the cycle 80000 4 kB, again 80000 4 kB, 0 blocks without the DIMM and 0 kB'
finish
