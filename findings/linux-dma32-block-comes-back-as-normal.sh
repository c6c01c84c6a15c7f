#!/usr/bin/env bash
# Debian's kernels 6.1.176 and 7.3.4 (amd64) under QEMU 7.2.22, machine q35 with 1 GiB.
# The last block of DMA32 goes offline and comes back. While it is offline, its valid_zones names Normal and Movable, no DMA32, and
# `online` puts it into Normal, which begins below 4 GiB from then on: 128 MiB that drivers of 32 bits may use are gone, until the next
# boot. The zone gave the block's addresses up with the block, and what belongs to no zone is Normal's.
# One would guess that a block below 4 GiB is of DMA32, which is defined by its addresses.
# Seen for memory4 at 512 MiB, kernelcore=636M: before: DMA32 624 MiB, no Normal; offline: Normal Movable; after: DMA32 496 MiB, Normal
# 128 MiB.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack v7.3 amd64 trixie-backports linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1

# back KERNEL: the zone of memory4 and the sizes of all before, what its valid_zones reads meanwhile, and both after
back() {
  guest amd64 "$1" 'nokaslr kernelcore=636M' -machine q35 -m 1G <<'END' | sed -n 's/.*seen: //p'
cd /sys/devices/system/memory
zones() { awk '/^Node/ { z = $4 } / present / && $2 && z != "DMA" { printf " %s %d MiB", z, $2 / 256 }' /proc/zoneinfo; }
was="$(cat memory4/valid_zones):$(zones)"
echo offline >memory4/state
can=$(cat memory4/valid_zones)
echo online >memory4/state
echo seen: "$was; offline: $can; online: $(cat memory4/valid_zones):$(zones)"
END
}
stated='DMA32: DMA32 624 MiB Movable 383 MiB; offline: Normal Movable; online: Normal: DMA32 496 MiB Normal 128 MiB Movable 383 MiB'
check '6.1' "$(back "$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64")" "$stated"
check '7.3' "$(back "$tmp/v7.3/usr/lib/modules/7.3.4+deb13-cloud-amd64/vmlinuz")" "$stated"
finish
