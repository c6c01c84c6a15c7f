#!/usr/bin/env bash
# Debian's kernel 6.1.176 (ppc64el) under QEMU 7.2.22, machine pseries.
# `memory remove index …` in /sys/kernel/dlpar takes a block out and asks the firmware to take it back. QEMU refuses that unless a
# `device_del` was asked for. One would guess that the kernel then keeps or brings back the block, and that the write fails.
# The write succeeds, the log says “hot-removed”, and the block is lost: QEMU still has it as the guest's, so that the kernel refuses to
# add it again, and a `device_del` of the DIMM takes the other block and then waits for this one, which nothing gives back.
# Seen: the removal gives 0 and memory5 has gone; adding it gives 1; after `device_del` memory4 has gone as well, and QEMU, asked to
# plug another DIMM by the same name 10 s later, still has the old one, so that nothing comes. Where `device_del` was the only request, both
# blocks go, and the other DIMM comes.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-ppc=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack busybox-ppc64el ppc64el bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel ppc64el bookworm linux-image-6.1.0-50-powerpc64le=6.1.176-1
machine=pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off,x-vof=on

# run COMMANDS: with memory4 and memory5 of a DIMM in Movable
run() {
  guest ppc64el "$tmp/kernel/boot/vmlinux-6.1.0-50-powerpc64le" '' -M "$machine" -cpu power9 -m 1G,slots=2,maxmem=4G \
    -object memory-backend-ram,id=m1,size=512M -object memory-backend-ram,id=m2,size=512M <<END | sed '1,/^begin/d' | paste -sd' '
cd /sys/devices/system/memory
blocks() { echo memory[4-9]; }
dlpar() { echo "memory \$*" 2>/dev/null >/sys/kernel/dlpar; echo "\$1 \$?"; }
echo online_movable >auto_online_blocks
echo '@hmp device_add pc-dimm,id=d1,memdev=m1'
n=0; while [ ! -e memory5 ] && [ \$n -lt 60 ]; do sleep 1; n=\$((n+1)); done
sleep 2
echo begin
$1
echo '@hmp device_del d1'
sleep 10
echo then; blocks
echo '@hmp device_add pc-dimm,id=d1,memdev=m2'
sleep 10
echo then; blocks
END
}

check 'removed by the guest first' "$(run 'dlpar remove index 0x80000005; blocks; dlpar add index 0x80000005; blocks')" \
  'remove 0 memory4 add 1 memory4 then memory[4-9] then memory[4-9]'
check 'device_del alone' "$(run blocks)" 'memory4 memory5 then memory[4-9] then memory4 memory5'
finish
