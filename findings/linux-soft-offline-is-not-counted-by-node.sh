#!/usr/bin/env bash
# Debian's kernel 7.3.4 (amd64) under QEMU 7.2.22, machine q35 with 512 MiB and a DIMM of 256 MiB.
# A node has counts of pages that failed (nodeN/memory_failure). A page that is soft-offlined, as daemons do with memory whose
# errors could be corrected again and again, is in none of them: the node reads 0 throughout, while HardwareCorrupted counts the page,
# and its block does not come online again once it was offline (EHWPOISON), just as with a page that failed.
# One would take a total of 0 for a node without bad pages, and its blocks for ones that can be cycled.
# Seen: soft-offlined: total 0, 4 kB lost, memory33 refused; hard-offlined: total 1, 4 kB lost, memory33 refused.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 trixie-backports linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1
kernel=$tmp/kernel/usr/lib/modules/7.3.4+deb13-cloud-amd64/vmlinuz

# take FILE: takes a page of memory33 out of use by that file, and the block offline and online
take() {
  { echo "file=$1"; cat <<'END'
cd /sys/devices/system/memory
echo online_movable >auto_online_blocks
echo "@hmp device_add pc-dimm,id=d1,memdev=m1"; sleep 10
[ $file = none ] || printf '0x%x\n' $((33 * 0x8000000 + 1000 * 4096)) >$file
lost=$(awk '/HardwareCorrupted/ { print $2 " kB" }' /proc/meminfo)
echo offline >memory33/state
state=$(cat memory33/state)
if error=$(echo online_movable 2>&1 >memory33/state); then result=online; else result=${error##*: }; fi
cd ../node/node0/memory_failure
echo seen: total $(cat total), $lost lost, memory33 $state, then $result
END
  } | guest amd64 "$kernel" nokaslr -machine q35 -m 512M,slots=1,maxmem=4G -object memory-backend-ram,id=m1,size=256M |
    sed -n 's/.*seen: //p'
}
check 'soft-offlined' "$(take soft_offline_page)" 'total 0, 4 kB lost, memory33 offline, then Memory page has hardware error'
check 'hard-offlined' "$(take hard_offline_page)" 'total 1, 4 kB lost, memory33 offline, then Memory page has hardware error'
check 'neither' "$(take none)" 'total 0, 0 kB lost, memory33 offline, then online'
finish
