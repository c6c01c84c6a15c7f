#!/usr/bin/env bash
# Debian's kernels 6.1.176 and 7.3.4 (amd64), under QEMU 7.2.22.
# A virtio-mem device of 300 MiB in blocks of 128 MiB: memory32 and memory33 are plugged as a whole, memory34 in part (44 MiB). With
# the driver all of them go offline and come back, and `rmmod virtio_mem` is possible while they are online. One would guess that
# what could go offline still can. It cannot: what is not plugged is held as pages that look allocated, and the driver stands by to
# let go of them when the block goes offline. Without it memory34 is refused (EBUSY), and the driver cannot come back ("reloading the
# driver is not supported"). If memory34 is offline at that time it is removed along with the driver instead, while offline blocks that
# are plugged as a whole stay.
# Seen: with the driver all three go offline (0); without it memory32 and memory33 do, memory34 does not (1), also after `insmod`.
# Offline before: memory34 has gone.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack v6.1 amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack v7.3 amd64 trixie-backports linux-{binary,modules}-7.3.4+deb13-cloud-amd64='7.3.4-1~bpo13+1'
device=(-m 1G,slots=1,maxmem=4G -object memory-backend-ram,id=m1,size=1G -device virtio-mem-pci,id=vm0,memdev=m1,requested-size=300M)

# run VERSION COMMANDS: after the boot, and with the driver in place
run() {
  put_modules "$1" drivers/virtio
  guest amd64 "$(find "$tmp/$1" -name 'vmlinuz*')" '' "${device[@]}" <<END | paste -sd' '
cd /sys/devices/system/memory
echo online_movable >auto_online_blocks
for m in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_mem; do
  [ ! -e /modules/\$m.ko ] || insmod /modules/\$m.ko
done
n=0; while [ ! -e memory34 ] && [ \$n -lt 60 ]; do sleep 1; n=\$((n+1)); done
sleep 2
offline() { for b in memory32 memory33 memory34; do echo offline 2>/dev/null >\$b/state; echo -n "\$? "; done; }
$2
END
}

online='for b in memory32 memory33 memory34; do echo online_movable >$b/state; done; sleep 1'
again='insmod /modules/virtio_mem.ko; dmesg | grep -c "reloading the driver is not supported"; echo offline 2>&1 >memory34/state'
for version in v6.1 v7.3; do
  check "$version, blocks online" "$(run $version "offline; $online; rmmod virtio_mem; echo then; offline; echo then; $again")" \
    '0 0 0 then 0 0 1 then 1 sh: write error: Device or resource busy'
  check "$version, blocks offline" "$(run $version "offline; rmmod virtio_mem; echo then; echo memory3[2-9]")" \
    '0 0 0 then memory32 memory33'
done
finish
