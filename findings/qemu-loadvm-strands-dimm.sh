#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine pc.
# A snapshot of the guest is taken (`savevm`), a DIMM is plugged, and the guest goes back to the snapshot (`loadvm`). The guest has no DIMM
# then, as it had none; QEMU still has it. What the controller tells the guest of the slot has gone back with the snapshot, and nothing
# brings the two together again: the guest never sees the DIMM, also after a reset, `device_del` has no effect, and a DIMM by its name gives
# nothing. One by another name is seen by the guest.
# One would guess that loadvm is refused as long as the devices differ, or unplugs the DIMM, or that the guest is told of it.
# Seen, blocks of DIMMs (d1 has two, d2 has one): without loadvm: d1 plugged 2, unplugged 0, plugged again 2, d2 plugged 3. With it: d1
# plugged 2, loadvm 0, device_del or reset 0, d1 and d2 plugged 1.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack utils amd64 bookworm qemu-utils=1:7.2+dfsg-7+deb12u18+b3
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64
lib=lib/x86_64-linux-gnu
"$tmp/qemu/lib64/ld-linux-x86-64.so.2" --library-path "$tmp/qemu/$lib:$tmp/qemu/usr/$lib" "$tmp/utils/usr/bin/qemu-img" \
  create -q -f qcow2 "$tmp/disk" 1G || give_up 'no disk for snapshots'

hmp() { printf '%s\n' "$@" >"$tmp/guest/monitor"; }

# back FIRST SECOND THIRD: blocks of DIMMs when d1 was plugged, and each 10 s after monitor commands FIRST, SECOND and THIRD
back() {
  local line step=0
  guest amd64 "$kernel" '' -m 256M,slots=2,maxmem=4G -action reboot=reset -object memory-backend-ram,id=m1,size=256M \
    -object memory-backend-ram,id=m2,size=128M -drive if=none,format=qcow2,file="$tmp/disk" <<'END' |
blocks() { ls /sys/devices/system/memory | grep -c 'memory3[2-9]$'; }
echo booted
for i in 1 2 3 4 5; do sleep 10; blocks; done
END
    while read -r line; do
      case $line in
        booted) [ $step != 0 ] || hmp 'savevm before' ;;
        *)
          step=$((step + 1))
          [ $step = 1 ] || echo "$line"
          [ $step = 1 ] && hmp "$plug"
          [ $step = 2 ] && hmp "$1"
          [ $step = 3 ] && hmp "$2"
          [ $step = 4 ] && hmp "$3"
          [ $step = 5 ] && hmp quit
          ;;
      esac
    done | paste -sd' '
}
plug='device_add pc-dimm,id=d1,memdev=m1'
other='device_add pc-dimm,id=d2,memdev=m2'
check 'device_del, plug, another' "$(back 'device_del d1' "$plug" "$other")" '2 0 2 3'
check 'loadvm, device_del, plug and another' "$(back 'loadvm before' 'device_del d1' "$plug"$'\n'"$other")" '2 0 0 1'
check 'loadvm, reset, plug and another' "$(back 'loadvm before' system_reset "$plug"$'\n'"$other")" '2 0 0 1'
finish
