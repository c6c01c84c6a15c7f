#!/usr/bin/env bash
# Debian's kernels 6.1.176 and 7.3.4 (amd64), under QEMU 7.2.22.
# Soft-reserved memory (here by `memmap=SIZE%START-1+0xefffffff`, else by firmware: EFI_MEMORY_SP) that does not begin and end at
# multiples of 2 MiB gets no dax device at all: nothing of it can be used, by programs or by kmem. One would guess that the device is
# trimmed, as kmem trims it to memory blocks. The log blames the lack of memory (-12, ENOMEM) and names neither range nor alignment.
# It is easily met: what is reserved up to the end of a guest's RAM ends where the firmware's last 128 KiB begin.
# Seen in both: 256 MiB: dax0.0. 1 MiB less at its end or at its beginning, 1 MiB more, and all from 512 MiB on: no device, "failed with
# error -12".
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack v6.1 amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack v7.3 amd64 trixie-backports linux-{binary,modules}-7.3.4+deb13-cloud-amd64='7.3.4-1~bpo13+1'

# run VERSION MEMMAP: the devices, and how often the log has the error
run() {
  put_modules "$1" drivers/dax
  guest amd64 "$(find "$tmp/$1" -name 'vmlinuz*')" "memmap=$2-1+0xefffffff" -m 1G <<'END'
insmod /modules/dax_hmem.ko
sleep 1
echo devices: $(ls /sys/bus/dax/devices), $(dmesg | grep -c 'hmem.*failed with error -12') errors
END
}
for version in v6.1 v7.3; do
  check "$version, 256 MiB" "$(run $version 256M%0x20000000)" 'devices: dax0.0, 0 errors'
  for memmap in 255M%0x20000000 255M%0x20100000 257M%0x20000000 512M%0x20000000; do
    check "$version, $memmap" "$(run $version $memmap)" 'devices: , 1 errors'
  done
done
finish
