#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22.
# The same DIMM under the same `mem=256M`: plugged into the running guest it is added; there when the guest boots it is refused
# (E2BIG inside; the log says only "add_memory failed"). So a machine that has grown by hot-plug is smaller after its next reboot.
# One would guess that the limit holds always, or for boot memory only (a DIMM is not boot memory: it is added by the ACPI driver
# in both cases, seconds apart).
# Seen: plugged: memory32 and memory33 appear. At boot: none, and "acpi PNP0C80:00: add_memory failed".
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64
blocks='cd /sys/devices/system/memory; echo $(echo memory3[2-9]) $(dmesg | grep -c "PNP0C80:00: add_memory failed") failures'
dimm=(-object memory-backend-ram,id=m1,size=256M -device pc-dimm,id=d1,memdev=m1)

plug='echo "@hmp object_add memory-backend-ram,id=m1,size=256M"; echo "@hmp device_add pc-dimm,id=d1,memdev=m1"; sleep 4;'
check 'at boot, no limit' "$(guest amd64 "$kernel" '' -m 512M,slots=1,maxmem=4G "${dimm[@]}" <<<"$blocks")" 'memory32 memory33 0 failures'
check 'at boot, mem=256M' "$(guest amd64 "$kernel" mem=256M -m 512M,slots=1,maxmem=4G "${dimm[@]}" <<<"$blocks")" 'memory3[2-9] 1 failures'
check 'plugged, mem=256M' "$(guest amd64 "$kernel" mem=256M -m 512M,slots=1,maxmem=4G <<<"$plug $blocks")" 'memory32 memory33 0 failures'
finish
