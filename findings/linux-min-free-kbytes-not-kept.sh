#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22.
# What the administrator wrote to vm.min_free_kbytes is replaced when a memory block goes online, and when one goes offline, unless
# it is larger than both values that the kernel works out: a small one that follows the size of memory and, if transparent
# huge pages are on, a much larger one that they want. The log can say both within the same write to a block's `state`: "not updated
# to ... because user defined value 8000 is preferred", and then "raising min_free_kbytes from 8000".
# One would guess that a written value is kept (the message says so), or at least that taking memory away does not raise it.
# Seen, huge pages off: 1000 is replaced, 8000 stays. On (default): 8000 is raised above 16000 too, 100000 stays.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

# kept APPEND VALUE: what VALUE has become after it was written and a block went online; the same for offline. In brackets: how often the
# log says that VALUE is preferred, and that it is raised
kept() {
  sed "s/VALUE/$2/g" <<'END' | guest amd64 "$kernel" "$1" -m 1G,slots=1,maxmem=4G \
    -object memory-backend-ram,id=m1,size=128M -device pc-dimm,id=d1,memdev=m1
min=/proc/sys/vm/min_free_kbytes
cd /sys/devices/system/memory
try() {
  echo VALUE >$min
  dmesg -c >/tmp/old
  echo $1 >memory32/state
  became=$(cat $min)
  if [ $became = VALUE ]; then what=kept; elif [ $became -gt 16000 ]; then what='over 16000'; else what='another below 8000'; fi
  echo "$(cat memory32/state): $what ($(dmesg | grep -c 'user defined value VALUE is preferred') $(dmesg | grep -c 'raising min_free_kbytes from VALUE'))"
}
mkdir -p /tmp
echo "$(try online_movable), $(try offline)"
END
}
off=transparent_hugepage=never
check 'no huge pages, 1000' "$(kept $off 1000)" 'online: another below 8000 (0 0), offline: another below 8000 (0 0)'
check 'no huge pages, 8000' "$(kept $off 8000)" 'online: kept (1 0), offline: kept (1 0)'
check 'default, 8000' "$(kept '' 8000)" 'online: over 16000 (1 1), offline: over 16000 (1 1)'
check 'default, 100000' "$(kept '' 100000)" 'online: kept (1 0), offline: kept (1 0)'
finish
