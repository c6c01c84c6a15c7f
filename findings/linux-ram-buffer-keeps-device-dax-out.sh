#!/usr/bin/env bash
# Debian's kernels 6.1.176 and 7.3.4 (amd64), under QEMU 7.2.22.
# Memory that is soft-reserved (here by `memmap=SIZE%START-1+0xefffffff`, else by firmware: EFI_MEMORY_SP) begins right after RAM, at
# 0x21000000. The kernel rounds the end of RAM up to the next border of 64 MiB and claims what is between as "RAM buffer" if nothing
# is there. In 6.1 the line "Soft Reserved" of /proc/iomem is there; 7.3.4 makes no such line, and the buffer comes to lie inside
# the soft-reserved memory. One would guess that the dax device then begins after it, or that no device is made. It is made, as
# large as ever, and device_dax can never bind it (EBUSY). kmem can: it leaves out what is short of a memory block, here with the buffer.
# Seen: 6.1.176: bound. 7.3.4: a RAM buffer, not bound; kmem binds it, from 0x28000000. From a border of 64 MiB on: bound in both.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack v6.1 amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack v7.3 amd64 trixie-backports linux-{binary,modules}-7.3.4+deb13-cloud-amd64='7.3.4-1~bpo13+1'

# run VERSION MEMMAP DRIVER: lines of /proc/iomem, the size of the device, and the devices that the driver has bound
run() {
  put_modules "$1" drivers/dax
  guest amd64 "$(find "$tmp/$1" -name 'vmlinuz*')" "memmap=$2-1+0xefffffff" -m 1G <<END | paste -sd' '
insmod /modules/dax_hmem.ko
insmod /modules/$3.ko
sleep 1
cd /sys/bus/dax/drivers/$3
echo dax0.0 2>/dev/null >new_id
grep -E 'Soft|buffer|kmem' /proc/iomem
cat /sys/bus/dax/devices/dax0.0/size
echo bound: dax*
END
}

check 'v6.1, 0x21000000' "$(run v6.1 368M%0x21000000 device_dax)" '21000000-37ffffff : Soft Reserved 385875968 bound: dax0.0'
check 'v7.3, 0x21000000' "$(run v7.3 368M%0x21000000 device_dax)" '21000000-23ffffff : RAM buffer 385875968 bound: dax*'
check 'v7.3, 0x21000000, kmem' "$(run v7.3 368M%0x21000000 kmem)" \
  '21000000-23ffffff : RAM buffer 28000000-37ffffff : System RAM (kmem) 385875968 bound: dax0.0'
check 'v6.1, 0x24000000' "$(run v6.1 320M%0x24000000 device_dax)" '24000000-37ffffff : Soft Reserved 335544320 bound: dax0.0'
check 'v7.3, 0x24000000' "$(run v7.3 320M%0x24000000 device_dax)" '335544320 bound: dax0.0'
finish
