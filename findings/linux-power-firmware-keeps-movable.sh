#!/usr/bin/env bash
# Debian's kernel 6.1.176 (ppc64el) under QEMU 7.2.22, machine pseries with 1536 MiB.
# Movable of boot memory (kernelcore=) holds two pages that boot reserved for the firmware's run-time services (RTAS), one each at the very end
# of the memory below 768 MiB and below 1 GiB: the services, and the buffer by which the kernel talks to them. Zones are set up later, and do not
# ask what is in them. So of two blocks of 256 MiB that are in Movable and otherwise free none goes offline, for the last page of each.
# One would guess that what kernelcore= leaves beyond itself can go, but for the top of memory, where struct pages are; or that
# firmware keeps its pages at the bottom.
# Seen with kernelcore=512M: memory2 and memory3 have one reserved page, their last, and stay; memory4, which has none, goes. RTAS is at 0x2fff0000.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-ppc=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack busybox-ppc64el ppc64el bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel ppc64el bookworm linux-image-6.1.0-50-powerpc64le=6.1.176-1
machine=pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off,x-vof=on

# offline APPEND: where RTAS is, and of blocks of 256 MiB (4096 pages) the zone, how many pages are reserved, and whether it goes
offline() {
  guest ppc64el "$tmp/kernel/boot/vmlinux-6.1.0-50-powerpc64le" "$1" -M "$machine" -cpu power9 -m 1536M,slots=1,maxmem=4G <<'END' | sed -n 's/.*seen: //p'
cd /sys/devices/system/memory
for b in memory2 memory3 memory4; do
  n=${b#memory}
  reserved=$(dd if=/proc/kpageflags bs=32768 skip=$n count=1 2>/dev/null | od -An -v -tx8 -w8 | awk 'substr($1, 8, 1) ~ /[13579bdf]/ { c++; last = NR - 1 } END { print c ? c " reserved, the last is page " last : "none reserved" }')
  zone=$(cat $b/valid_zones)
  if echo offline 2>/dev/null >$b/state; then r=goes; else r=stays; fi
  all="$all, $b ($zone): $reserved: $r"
done
echo seen: RTAS at 0x$(od -An -tx1 /proc/device-tree/rtas/linux,rtas-base | tr -d ' ')$all
END
}
check 'kernelcore=512M' "$(offline kernelcore=512M)" \
  'RTAS at 0x2fff0000, memory2 (Movable): 1 reserved, the last is page 4095: stays, memory3 (Movable): 1 reserved, the last is page 4095: stays, memory4 (Movable): none reserved: goes'
finish
