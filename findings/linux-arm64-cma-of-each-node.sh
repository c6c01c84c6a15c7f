#!/usr/bin/env bash
# Debian's kernel 7.3.4 (arm64) under QEMU 7.2.22, machine virt with 1 GiB, EDK2 2026.08.
# The kernel sets memory aside for contiguous allocation (CMA): 64 MiB, and as soon as there are two nodes 64 MiB more on each of them,
# so that node 1 of 256 MiB has lost half of itself: its own area and the common one, which lies at the end of memory.
# The policy auto-movable takes what is set aside from kernel memory and adds it to movable memory, of each node. So the DIMM of 512 MiB
# on node 1, which 256 MiB of kernel memory allow to go to Movable (up to 770 MiB), goes to Normal; with cma=0, to Movable.
# One would guess 64 MiB whatever the number of nodes, and too little to decide on the zone of a DIMM. (6.12.117
# sets aside the common 64 MiB alone.)
# Seen, two nodes: 192 MiB set aside, Normal; with cma=0: none, Movable. One node: 64 MiB, Movable.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-arm=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack busybox-arm64 arm64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack firmware amd64 sid qemu-efi-aarch64=2026.08+ds-2
unpack kernel arm64 trixie-backports linux-binary-7.3.4+deb13-cloud-arm64=7.3.4-1~bpo13+1
kernel=$tmp/kernel/usr/lib/modules/7.3.4+deb13-cloud-arm64/vmlinuz
machine=(-machine virt,gic-version=3 -bios "$tmp/firmware/usr/share/qemu-efi-aarch64/QEMU_EFI.fd" -m 1G,slots=1,maxmem=16G)
nodes=(-object memory-backend-ram,id=b0,size=768M -numa node,nodeid=0,memdev=b0,cpus=0
  -object memory-backend-ram,id=b1,size=256M -numa node,nodeid=1,memdev=b1)

# dimm NODE APPEND QEMU-ARGUMENT...: MiB set aside, by node, and the zones of a DIMM that goes online when it is plugged into NODE
dimm() {
  local node=$1 append=$2
  shift 2
  sed "s/NODE/$node/" <<'END' | guest arm64 "$kernel" "memory_hotplug.online_policy=auto-movable $append" "${machine[@]}" "$@" | sed -n 's/.*seen: //p'
echo # ends the line that the firmware has begun
cd /sys/devices/system/memory
echo online >auto_online_blocks
cma=$(awk '/^Node/ { sub(",", ""); node = $2 } $1 == "cma" && $2 { print "node " node ": " $2 / 256 " MiB," }' /proc/zoneinfo)
echo "@hmp object_add memory-backend-ram,id=m1,size=512M"
echo "@hmp device_add pc-dimm,id=d1,memdev=m1,node=NODE"
n=0; while ! grep -qs online memory19/state && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done
echo seen: $cma $(cat memory1[6-9]/valid_zones)
END
}
all_movable='Movable Movable Movable Movable'
check 'two nodes' "$(dimm 1 '' "${nodes[@]}")" 'node 0: 64 MiB, node 1: 128 MiB, Normal Normal Normal Normal'
check 'two nodes, cma=0' "$(dimm 1 cma=0 "${nodes[@]}")" "$all_movable"
check 'one node' "$(dimm 0 '')" "node 0: 64 MiB, $all_movable"
finish
