#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64), numactl 2.0.16, under QEMU 7.2.22.
# A process is bound to node 1 (`numactl -m 1`), and node 1's only memory block is taken offline. One would guess that the write is
# refused, or that the pages move and the process has to live with a policy that nothing can satisfy. Neither: the write succeeds,
# the pages move to node 0, and the kernel rewrites the policy of the running process to "bind:0". When the block comes back
# online the policy stays "bind:0" for good, so that what the process allocates from then on is bound to the wrong node.
# A process that only prefers node 1 (`numactl -p 1`) keeps its policy, and its new pages are on node 1 again.
# Seen: bind:1, offline, bind:0, online, bind:0; prefer:1 throughout.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack programs amd64 bookworm numactl=2.0.16-1 libnuma1=2.0.16-1 libc6=2.36-9+deb12u14
rm -rf "$tmp/programs/usr/share" "$tmp/programs/usr/lib/x86_64-linux-gnu/gconv"
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64
nodes=(-m 512M,slots=1,maxmem=4G -object memory-backend-ram,id=b0,size=512M -numa node,nodeid=0,memdev=b0,cpus=0 -numa node,nodeid=1)

# policies OPTION: the policy of a sleeping process before, after the offlining, and after the onlining
policies() {
  sed "s/OPTION/$1/" <<'END' | guest amd64 "$kernel" '' "${nodes[@]}"
state=/sys/devices/system/memory/memory32/state
mkdir -p /tmp; mkfifo /tmp/wake
echo "@hmp object_add memory-backend-ram,id=m1,size=128M"
echo "@hmp device_add pc-dimm,id=d1,memdev=m1,node=1"
sleep 4
echo online_movable >$state
cat >/tmp/process <<'X'
x=$(head -c 20000000 /dev/zero | tr '\0' a)
echo $$ >/tmp/pid
read line </tmp/wake
X
numactl OPTION sh /tmp/process &
n=0; while [ ! -s /tmp/pid ] && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done
sleep 1
policy() { awk '{print $2}' /proc/$(cat /tmp/pid)/numa_maps | sort -u; }
before=$(policy); echo offline >$state; said=$?; sleep 2
away=$(policy); echo online_movable >$state; sleep 2
echo "$before, offline ($said) $away, online $(policy)"
END
}
check 'bound' "$(policies '-m 1')" 'bind:1, offline (0) bind:0, online bind:0'
check 'preferred' "$(policies '-p 1')" 'prefer:1, offline (0) prefer:1, online prefer:1'
finish
