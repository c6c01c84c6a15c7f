#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22: cpusets of control groups, version 1 and version 2.
# A process is confined by a cpuset to CPU 0 and node 1, whose only memory block is taken offline. One would guess that the write is
# refused, or that the process stays confined to CPU 0 and has no node left. With version 1 neither: the write succeeds, the kernel
# empties the group's `cpuset.mems`, and as a group without a node may hold no process, it moves the process out, into the group above:
# it may run on every CPU from then on. Nothing comes back with the node: the group stays without one, and a process of both nodes has
# node 0 alone, for good. With version 2 the files keep what was written, the process stays on CPU 0, and gets its node back.
# Seen: with version 1, in /only on CPU 0, offline: in / on CPUs 0-1, nodes '', online: the same, with all nodes.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64
nodes=(-smp 2 -m 512M,slots=1,maxmem=4G -object memory-backend-ram,id=b0,size=512M
  -numa node,nodeid=0,memdev=b0,cpus=0-1 -numa node,nodeid=1)

# story TYPE OPTIONS: what becomes of two control groups with a process each, one of node 1 and one of both nodes
story() {
  sed "s/TYPE/$1/; s/OPTIONS/$2/" <<'END' | guest amd64 "$kernel" '' "${nodes[@]}"
state=/sys/devices/system/memory/memory32/state
mkdir -p /tmp/cg
echo "@hmp object_add memory-backend-ram,id=m1,size=128M"
echo "@hmp device_add pc-dimm,id=d1,memdev=m1,node=1"
sleep 4
echo online_movable >$state
mount -t TYPE -o OPTIONS none /tmp/cg
[ TYPE = cgroup ] || echo +cpuset >/tmp/cg/cgroup.subtree_control
begin() {
  mkdir /tmp/cg/$1
  echo 0 >/tmp/cg/$1/cpuset.cpus
  echo $2 >/tmp/cg/$1/cpuset.mems
  sleep 1000 &
  echo $! >/tmp/cg/$1/cgroup.procs
}
begin only 1; only=$!
begin both 0-1; both=$!
told() { sed -n "s/^$2_allowed_list:\t//p" /proc/$1/status; }
now() {
  for group in only both; do
    eval process=\$$group
    place=$(sed -n 's/^.*:\(\/[a-z]*\)$/\1/p' /proc/$process/cgroup | tail -n 1)
    echo "$1 $group: in $place, cpus $(told $process Cpus), nodes $(told $process Mems), file '$(cat /tmp/cg/$group/cpuset.mems)'"
  done
}
now before
echo offline >$state
sleep 2; now offline
echo online_movable >$state
sleep 2; now online
END
}
check 'version 1' "$(story cgroup cpuset)" "before only: in /only, cpus 0, nodes 1, file '1'
before both: in /both, cpus 0, nodes 0-1, file '0-1'
offline only: in /, cpus 0-1, nodes 0, file ''
offline both: in /both, cpus 0, nodes 0, file '0'
online only: in /, cpus 0-1, nodes 0-1, file ''
online both: in /both, cpus 0, nodes 0, file '0'"
check 'version 2' "$(story cgroup2 nsdelegate)" "before only: in /only, cpus 0, nodes 1, file '1'
before both: in /both, cpus 0, nodes 0-1, file '0-1'
offline only: in /only, cpus 0, nodes 0, file '1'
offline both: in /both, cpus 0, nodes 0, file '0-1'
online only: in /only, cpus 0, nodes 1, file '1'
online both: in /both, cpus 0, nodes 0-1, file '0-1'"
finish
