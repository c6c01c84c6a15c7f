#!/usr/bin/env bash
# Debian's kernel 7.2.13 (ppc64el, pages of 64 KiB) under QEMU 7.2.22, machine pseries.
# memory_hotplug.memmap_on_memory=Y is taken, and its file reads Y. Yet no block holds its own struct pages: those of a block of
# 256 MiB are 256 KiB, which is less than a pageblock (2 MiB). With force the kernel rounds up, and a block gives 32 pages away for them;
# but only where the processor translates by radix trees. With the hash page table (POWER8, or disable_radix) the file reads force, the
# log tells that 252 pages of each block are wasted, and nothing is held or wasted at all.
# One would guess that the file or the log tells what the kernel does with memory that is added. What tells is the difference of present
# and managed pages of the zone.
# Seen for a DIMM of two blocks in Movable: Y: 8192 pages present and managed; force: 8192 present, 8128 managed, and 28 pages of each
# block wasted by the log; force with the hash page table: 8192 and 8192, and 252 pages wasted by the log.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-ppc=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack busybox-ppc64el ppc64el bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel ppc64el sid linux-binary-7.2.13+deb14-powerpc64le-64k=7.2.13-1
kernel=$tmp/kernel/usr/lib/modules/7.2.13+deb14-powerpc64le-64k/vmlinuz
machine=pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off,x-vof=on

# dimm APPEND: what the file reads, what the log says is wasted, and the pages of Movable once a DIMM is there
dimm() {
  guest ppc64el "$kernel" "$1" -M "$machine" -cpu power9 -m 1G,slots=1,maxmem=4G \
    -object memory-backend-ram,id=m1,size=512M <<'END' | sed -n 's/.*seen: //p'
cd /sys/devices/system/memory
echo online_movable >auto_online_blocks
echo '@hmp device_add pc-dimm,id=d1,memdev=m1'
n=0; while [ ! -e memory5 ] && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done
sleep 2
pages=$(awk '/^Node 0, zone +Movable/ { on = 1; next } /^Node/ { on = 0 } on && /present|managed/ { printf " %s %s", $1, $2 }' /proc/zoneinfo)
said=$(dmesg | sed -n 's/.*will waste \([0-9]* pages\).*/\1/p')
echo seen: reads $(cat /sys/module/memory_hotplug/parameters/memmap_on_memory), log: ${said:-none},$pages
END
}
check 'Y' "$(dimm memory_hotplug.memmap_on_memory=Y)" 'reads Y, log: none, present 8192 managed 8192'
check 'force' "$(dimm memory_hotplug.memmap_on_memory=force)" 'reads force, log: 28 pages, present 8192 managed 8128'
check 'force, hash page table' "$(dimm 'memory_hotplug.memmap_on_memory=force disable_radix')" \
  'reads force, log: 252 pages, present 8192 managed 8192'
finish
