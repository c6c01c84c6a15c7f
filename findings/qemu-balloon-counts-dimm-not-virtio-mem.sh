#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, with virtio-balloon.
# The monitor's `balloon 300` asks the guest to keep 300 MiB: QEMU works out how large the balloon must be from the memory that the
# guest has. For a guest of 512 MiB and a DIMM of 512 MiB that is 724 MiB of balloon. For the same guest with a virtio-mem device of
# 512 MiB instead it is 212 MiB, as without the device: QEMU counts a DIMM, and no virtio-mem device, so that the guest keeps 812 MiB.
# One would guess that the command means the same memory for both, as `info memory_size_summary` does, which counts 512 MiB as plugged in
# both; `info balloon` tells 1024 for the DIMM and 512 for virtio-mem.
# Seen, MiB of MemTotal that the balloon takes: the DIMM 724, virtio-mem 212, neither 212.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
put_modules kernel drivers/virtio

# taken COMMAND: MiB that COMMAND adds to the guest, and that the balloon takes from it afterwards
taken() {
  sed "s/COMMAND/$1/" <<'END' | guest amd64 "$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64" '' -device virtio-balloon-pci \
    -m 512M,slots=1,maxmem=4G -object memory-backend-ram,id=m1,size=512M | sed -n 's/.*seen: //p'
for m in virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_balloon virtio_mem; do
  insmod /modules/$m.ko
done
echo online_movable >/sys/devices/system/memory/auto_online_blocks
total() { awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo; }
first=$(total)
echo "@hmp COMMAND"
sleep 8
plugged=$(total)
echo "@hmp balloon 300"
sleep 15
echo seen: $((plugged - first)) added, $((plugged - $(total))) taken
END
}
check 'DIMM' "$(taken 'device_add pc-dimm,id=d1,memdev=m1')" '512 added, 724 taken'
check 'virtio-mem' "$(taken 'device_add virtio-mem-pci,id=d1,memdev=m1,requested-size=512M')" '512 added, 212 taken'
check 'neither' "$(taken 'info status')" '0 added, 212 taken'
finish
