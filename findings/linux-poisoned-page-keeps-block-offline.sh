#!/usr/bin/env bash
# Debian's kernel 7.3.4 (amd64) under QEMU 7.2.22, machine q35 with 512 MiB and a DIMM of 256 MiB.
# A block in which one page is poisoned (here a free one, by hard_offline_page) goes offline as any other does, without a word, and
# never comes online again: the write fails with EHWPOISON. So 4 KiB cost 128 MiB, by a cycle that is meant to be without effect.
# The kernel forgets the page only with the device: pulled out and plugged again, the same memory comes online whole.
# One would guess that the page stays set aside, as it is while the block is online, and that the rest of the block can be used.
# Seen: HardwareCorrupted 4 kB; memory33 goes offline, does not come back, and does once the DIMM was unplugged and plugged again.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 trixie-backports linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1
kernel=$tmp/kernel/usr/lib/modules/7.3.4+deb13-cloud-amd64/vmlinuz

# cycle PAGE: poisons a page of memory33 (none: no page), takes the block offline and online, and the DIMM out and in
cycle() {
  { echo "page=$1"; cat <<'END'
cd /sys/devices/system/memory
plug() { echo "@hmp device_add pc-dimm,id=d1,memdev=m1"; sleep 10; }
online() { if error=$(echo online_movable 2>&1 >memory33/state); then result=online; else result=${error##*: }; fi; }
echo online_movable >auto_online_blocks
plug
[ $page = none ] || printf '0x%x\n' $((33 * 0x8000000 + page * 4096)) >hard_offline_page
lost=$(awk '/HardwareCorrupted/ { print $2 " kB" }' /proc/meminfo)
echo offline >memory33/state
state=$(cat memory33/state)
online
all="$lost lost, memory33 $state, then $result"
echo "@hmp device_del d1"; sleep 10
gone=$(ls | grep -c 'memory3[23]$')
plug
echo seen: $all, $gone blocks without the DIMM, $(cat memory33/state) with it again
END
  } | guest amd64 "$kernel" nokaslr -machine q35 -m 512M,slots=1,maxmem=4G -object memory-backend-ram,id=m1,size=256M |
    sed -n 's/.*seen: //p'
}
check 'page poisoned' "$(cycle 1000)" \
  '4 kB lost, memory33 offline, then Memory page has hardware error, 0 blocks without the DIMM, online with it again'
check 'none' "$(cycle none)" \
  '0 kB lost, memory33 offline, then online, 0 blocks without the DIMM, online with it again'
finish
