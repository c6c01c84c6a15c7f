#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine q35 with 512 MiB.
# The guest's root can pull out a DIMM that the host never asked back: a 1 written to the device's `eject` takes its blocks offline, and
# QEMU's controller lets the device go, whether or not there was a `device_del`. The host's memory is not given back by it: the backend
# stays, with what the guest had in it, until the host deletes it.
# One would guess that QEMU refuses an ejection without a request, or that the host has its memory again.
# Seen: after the ejection both blocks are gone, and the host can plug a DIMM of the same name from the same backend, which gives them
# back; without an ejection that plug is refused, as the name is taken, and nothing changes.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

# pull COMMAND: blocks of the DIMM before the guest's command, after it, and after the host's plug
pull() {
  { echo "pull() { $1; }"; cat <<'END'
memory=/sys/devices/system/memory
echo online_movable >$memory/auto_online_blocks
plug() { echo "@hmp device_add pc-dimm,id=d1,memdev=m1"; sleep 10; }
blocks() { ls $memory | grep -c 'memory3[23]$'; }
plug
before=$(blocks)
pull
sleep 5
after=$(blocks)
plug
echo seen: $before, $after, $(blocks) blocks
END
  } | guest amd64 "$kernel" '' -machine q35 -m 512M,slots=1,maxmem=4G -object memory-backend-ram,id=m1,size=256M |
    sed -n 's/.*seen: //p'
}
check 'guest ejects' "$(pull 'echo 1 >/sys/bus/acpi/devices/PNP0C80:00/eject')" '2, 0, 2 blocks'
check 'guest does nothing' "$(pull :)" '2, 2, 2 blocks'
finish
