#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22.
# /proc/kpageflags (and kpagecount, kpagecgroup) end behind the highest page that the kernel knows. A DIMM that is plugged moves the end
# up; when it is ejected again the end stays, and all between is read as entries of pages that are not there. /proc/iomem, sysfs and MemTotal
# have forgotten the DIMM by then. A tool that takes the length of the file for the size of memory, or reads it from end to end, keeps
# the cost of the largest machine that this one ever was since boot.
# One would guess that what grows with a plug shrinks with the unplug.
# Seen: a guest of 1 GiB, and a DIMM of 128 MiB at 4 GiB: 262144 entries, then 1081344, and 1081344 still.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

seen=$(guest amd64 "$kernel" '' -m 1G,slots=1,maxmem=8G <<'END'
entries() { echo $(($(wc -c </proc/kpageflags) / 8)); }
say() { echo "$1: $(entries) entries, iomem $(grep -c '^1[0-9a-f]\{8\}-.*System RAM' /proc/iomem) line, memory32 $(ls -d /sys/devices/system/memory/memory32 2>/dev/null | wc -l)"; }
say before
echo "@hmp object_add memory-backend-ram,id=m1,size=128M"
echo "@hmp device_add pc-dimm,id=d1,memdev=m1"
sleep 3
say plugged
echo "@hmp device_del d1"
sleep 3
say ejected
END
)
check 'a DIMM comes and goes' "$seen" 'before: 262144 entries, iomem 0 line, memory32 0
plugged: 1081344 entries, iomem 1 line, memory32 1
ejected: 1081344 entries, iomem 0 line, memory32 0'
finish
