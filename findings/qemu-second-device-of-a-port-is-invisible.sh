#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine q35 with two PCIe root ports.
# A root port has room for one device. QEMU takes a second one all the same where it is left to choose the address (`bus=rp0` alone): it
# becomes device 1 behind the port, where no PCIe device can be. The guest looks for device 0 only and never sees it: a virtio-mem
# device that was plugged so gives it no memory.
# One would guess that the second plug is refused, as it is where the address is given, or that the guest sees both.
# Seen, devices behind ports after d1 was plugged into rp0, d2 into a port, and d2 into rp1: rp0 again: 1, 1, 1 (the name d2 is taken);
# rp0 with addr=0: 1, 1, 2 (it was refused, and the name is free); rp1: 1, 2, 2.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

# devices WHERE: PCI devices behind root ports after a first plug, after one WHERE, and after one of the same name into a free port
devices() {
  sed "s/WHERE/$1/" <<'END' | guest amd64 "$kernel" '' -machine q35 -m 512M,maxmem=4G \
    -object memory-backend-ram,id=m1,size=1G -object memory-backend-ram,id=m2,size=1G \
    -device pcie-root-port,id=rp0,chassis=1,slot=1 -device pcie-root-port,id=rp1,chassis=2,slot=2 | sed -n 's/.*seen: //p'
plug() { echo "@hmp device_add virtio-mem-pci,id=$1,memdev=m${1#d},requested-size=256M,$2"; sleep 12; }
count() { ls /sys/bus/pci/devices | grep -c '^0000:0[12]:'; }
plug d1 bus=rp0
first=$(count)
plug d2 WHERE
second=$(count)
plug d2 bus=rp1
echo "seen: $first, $second, $(count)"
END
}
check 'd2 into the port of d1' "$(devices bus=rp0)" '1, 1, 1'
check 'd2 into the port of d1, address given' "$(devices bus=rp0,addr=0)" '1, 1, 2'
check 'd2 into a free port' "$(devices bus=rp1)" '1, 2, 2'
finish
