#!/usr/bin/env bash
# Debian's kernel 7.3.4 (amd64) under QEMU 7.2.22, machine q35 with 1 GiB.
# Memory that is set aside for contiguous allocation (cma=) lies in Movable where kernelcore= leaves nothing else at the top of memory.
# A block that has a part of it does not go offline, although next to all of it is free and nothing has to move: the kernel takes no
# pageblock of it away for another purpose.
# One would guess that Movable goes, above all where it is free, since what is set aside gives movable pages a place.
# Seen with cma=300M, 99 % of it free: memory6 and memory5 stay, memory4 and memory3, which have none of it, go; with cma=0 all four go.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 trixie-backports linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1
kernel=$tmp/kernel/usr/lib/modules/7.3.4+deb13-cloud-amd64/vmlinuz

# offline APPEND: per cent that are free of what is set aside, and which blocks go
offline() {
  guest amd64 "$kernel" "nokaslr kernelcore=300M $1" -machine q35 -m 1G <<'END' | sed -n 's/.*seen: //p'
cd /sys/devices/system/memory
free=$(awk '/CmaTotal/ { t = $2 } /CmaFree/ { f = $2 } END { print t ? int(100 * f / t) " %" : "none" }' /proc/meminfo)
for b in memory6 memory5 memory4 memory3; do
  zone=$(cat $b/valid_zones)
  if echo offline 2>/dev/null >$b/state; then r=goes; else r=stays; fi
  all="$all, $b ($zone) $r"
done
echo seen: $free free$all
END
}
check 'cma=300M' "$(offline cma=300M)" \
  '99 % free, memory6 (Movable) stays, memory5 (Movable) stays, memory4 (Movable) goes, memory3 (Movable) goes'
check 'cma=0' "$(offline cma=0)" \
  'none free, memory6 (Movable) goes, memory5 (Movable) goes, memory4 (Movable) goes, memory3 (Movable) goes'
finish
