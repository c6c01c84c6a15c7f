#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine q35.
# A NUMA node without memory and processors can be described to QEMU, so that DIMMs may be plugged into it later. Where it is the last
# node that works: firmware's SRAT names it for the range of all that may be plugged. Any other is not named in the SRAT: the guest
# numbers its nodes without it, so that QEMU's node 2 is the guest's node 1, and a DIMM of a node that was not named goes to node 0,
# without a word in its log.
# One would guess that nodes have one number, and that a DIMM of an empty node brings that node, wherever it is in the order.
# Seen, for three nodes: node 1 empty: the guest has nodes 0-1, a DIMM of node 1 is on node 0, one of node 2 on node 1.
# Node 2 empty: the guest has nodes 0-2, a DIMM of node 2 is on node 2.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
memory=(-m "1G,slots=2,maxmem=8G" -object memory-backend-ram,id=b0,size=512M -object memory-backend-ram,id=b1,size=512M)
middle_empty=(-numa node,nodeid=0,memdev=b0,cpus=0 -numa node,nodeid=1 -numa node,nodeid=2,memdev=b1)
last_empty=(-numa node,nodeid=0,memdev=b0,cpus=0 -numa node,nodeid=1,memdev=b1 -numa node,nodeid=2)

# dimm NODE QEMU-ARGUMENT...: the guest's nodes, and the one of a DIMM that is plugged into NODE
dimm() {
  local node=$1
  shift
  sed "s/NODE/$node/" <<'END' | guest amd64 "$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64" '' -machine q35 "${memory[@]}" "$@" | sed -n 's/.*seen: //p'
cd /sys/devices/system/memory
echo "@hmp object_add memory-backend-ram,id=m1,size=128M"
echo "@hmp device_add pc-dimm,id=d1,memdev=m1,node=NODE"
n=0; while [ ! -e memory32 ] && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done
sleep 1
echo seen: nodes $(cat ../node/possible), DIMM $(basename memory32/node*)
END
}
check 'node 1 of 3 empty, DIMM of node 1' "$(dimm 1 "${middle_empty[@]}")" 'nodes 0-1, DIMM node0'
check 'node 1 of 3 empty, DIMM of node 2' "$(dimm 2 "${middle_empty[@]}")" 'nodes 0-1, DIMM node1'
check 'node 2 of 3 empty, DIMM of node 2' "$(dimm 2 "${last_empty[@]}")" 'nodes 0-2, DIMM node2'
finish
