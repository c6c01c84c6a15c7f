#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine pc.
# A `device_del` of a DIMM that the guest has not looked at when it is reset (it hung, or was at its boot loader) is not forgotten
# by the reset, and nothing tells the guest of it afterwards. The request is carried out when the next DIMM is *plugged*: the event
# of the plug makes the guest look at all slots, and it takes the old DIMM offline and ejects it.
# One would guess that the reset either drops the request or completes it (QEMU's pseries machine completes it at reset).
# Seen: 10 s after the guest has booted again both blocks of the old DIMM are there; after a new DIMM was plugged, only those of the new one.
# Without the request: those of both.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

hmp() { printf '%s\n' "$@" >"$tmp/guest/monitor"; }

# follow COMMAND...: stops the guest when it has booted, gives the monitor the commands and a reset; plugs a DIMM when it has booted
# again; prints what the guest says from then on
follow() {
  local boots=0 line
  while read -r line; do
    case $line in
      booted)
        boots=$((boots + 1))
        [ $boots = 2 ] || hmp stop "$@" system_reset cont
        ;;
      'plug one')
        [ $boots != 2 ] || hmp 'object_add memory-backend-ram,id=m2,size=256M' 'device_add pc-dimm,id=d2,memdev=m2'
        ;;
      *) [ $boots != 2 ] || echo "$line" ;;
    esac
  done
}

run() {
  guest amd64 "$kernel" '' -m 512M,slots=2,maxmem=4G -action reboot=reset \
    -object memory-backend-ram,id=m1,size=256M -device pc-dimm,id=d1,memdev=m1 <<'END' | follow "$@" | paste -sd' '
blocks() { (cd /sys/devices/system/memory; echo memory3[2-9] "$1"); }
for block in /sys/devices/system/memory/memory3[23]; do echo online_movable >$block/state; done
echo booted
sleep 10
blocks 'after the reset,'
echo 'plug one'
sleep 20
blocks 'after a plug'
END
}

check 'device_del before the reset' "$(run 'device_del d1')" \
  'memory32 memory33 after the reset, memory34 memory35 after a plug'
check 'no device_del' "$(run)" 'memory32 memory33 after the reset, memory32 memory33 memory34 memory35 after a plug'
finish
