#!/usr/bin/env bash
# Debian's kernels 7.3.4 and 6.12.117 (amd64) under QEMU 7.2.22, machine q35 with 1 GiB on node 0 and none on node 1.
# A DIMM is plugged into node 1, and its first block comes online in Normal, as the first memory of that node. With 7.3.4 that block
# never goes offline again (EBUSY), so that the DIMM is there for good, although no program has used any of it: the threads that the
# kernel starts for a node with memory (kswapd1, kcompactd1) are there from then on, and the pages for them seem to come out of that
# very block. The other block goes. With 6.12.117 both go. Where the first block comes online in Movable, both go with 7.3.4, too.
# One would guess that kernel memory which was added a second ago, and is idle, goes again, as it did.
# Seen: 7.3.4: memory33 goes, memory32 stays; 6.12.117: both go; memory32 in Movable: both go.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack v6.12 amd64 trixie linux-image-6.12.117+deb13-cloud-amd64=6.12.117-1
unpack v7.3 amd64 trixie-backports linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1

# offline KERNEL HOW: which blocks go again, memory32 brought online by HOW first, then memory33 in Normal
offline() {
  sed "s/HOW/$2/" <<'END' | guest amd64 "$1" 'nokaslr memhp_default_state=offline' -machine q35 -m 1G,slots=1,maxmem=8G \
    -object memory-backend-ram,id=b0,size=1G -numa node,nodeid=0,memdev=b0 -numa node,nodeid=1 | sed -n 's/.*seen: //p'
cd /sys/devices/system/memory
echo "@hmp object_add memory-backend-ram,id=m1,size=256M"
echo "@hmp device_add pc-dimm,id=d1,memdev=m1,node=1"
n=0; while [ ! -e memory33 ] && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done
sleep 1
echo HOW >memory32/state
echo online_kernel >memory33/state
sleep 1
for b in memory33 memory32; do
  zone=$(cat $b/valid_zones)
  if echo offline 2>/dev/null >$b/state; then r=goes; else r=stays; fi
  all="$all $b ($zone) $r"
done
echo seen:$all
END
}
v7_3=$tmp/v7.3/usr/lib/modules/7.3.4+deb13-cloud-amd64/vmlinuz
check '7.3, Normal' "$(offline "$v7_3" online_kernel)" 'memory33 (Normal) goes memory32 (Normal) stays'
check '6.12, Normal' "$(offline "$tmp/v6.12/boot/vmlinuz-6.12.117+deb13-cloud-amd64" online_kernel)" \
  'memory33 (Normal) goes memory32 (Normal) goes'
check '7.3, Movable' "$(offline "$v7_3" online_movable)" 'memory33 (Normal) goes memory32 (Movable) goes'
finish
