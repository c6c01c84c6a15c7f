#!/usr/bin/env bash
# Debian's kernel 7.3.4 (amd64) under QEMU 7.2.22, machine q35 with 384 MiB on node 0 and a DIMM of 2 GiB on node 1.
# Linux chooses by the memory that is there at boot whether transparent huge pages are used (never below 512 MiB), whether NUMA balancing
# runs (with two nodes that have memory), and how many threads there may be. A DIMM that is plugged later changes none of them; one that
# is in its slot when the machine is switched on comes too late as well, as it is found by ACPI's bus scan, when all three are settled.
# One would guess that memory which is there at power-on counts, and that `numa_balancing` follows the nodes that come.
# Seen with as much memory each time: the DIMM at boot, and plugged later, leave huge pages at never, balancing off and 2067 threads;
# where the same memory belongs to the board, huge pages are always used, balancing is on, and there may be 18719 threads.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 trixie-backports linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1
kernel=$tmp/kernel/usr/lib/modules/7.3.4+deb13-cloud-amd64/vmlinuz

# settled FIRST QEMU-ARGUMENT...: what the kernel chose, once 2 GiB of node 1 are online; FIRST comes before
settled() {
  local first=$1
  shift
  { echo "$first"; cat <<'END'
cd /sys/devices/system
for state in memory/memory*/state; do
  ! grep -q offline $state || echo online_movable >$state
done
kib=$(awk '/MemTotal/ { print $4 }' node/node1/meminfo)
pages=$(sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/mm/transparent_hugepage/enabled)
echo seen: node 1 has $(((kib + 524288) >> 20)) GiB, huge pages $pages, NUMA balancing $(cat /proc/sys/kernel/numa_balancing), \
  $(cat /proc/sys/kernel/threads-max) threads
END
  } | guest amd64 "$kernel" nokaslr -machine q35 -object memory-backend-ram,id=m0,size=384M -object memory-backend-ram,id=m1,size=2G \
    -numa node,nodeid=0,memdev=m0 "$@" | sed -n 's/.*seen: //p'
}
slots=(-numa node,nodeid=1 -m 384M,slots=1,maxmem=8G)
check 'DIMM plugged later' "$(settled 'echo "@hmp device_add pc-dimm,memdev=m1,node=1"; sleep 15' "${slots[@]}")" \
  'node 1 has 2 GiB, huge pages never, NUMA balancing 0, 2067 threads'
check 'DIMM there at boot' "$(settled : "${slots[@]}" -device pc-dimm,memdev=m1,node=1)" \
  'node 1 has 2 GiB, huge pages never, NUMA balancing 0, 2067 threads'
check 'of the board' "$(settled : -numa node,nodeid=1,memdev=m1 -m 2432M)" \
  'node 1 has 2 GiB, huge pages always, NUMA balancing 1, 18719 threads'
finish
