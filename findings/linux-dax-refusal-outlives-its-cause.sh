#!/usr/bin/env bash
# Debian's kernels 6.1.176 and 7.3.4 (amd64), under QEMU 7.2.22.
# device_dax cannot bind a dax device whose memory is in use (EBUSY). One would guess that it is asked again when the memory is
# free. It is not: the first refusal leaves a mark at the device, and each later try fails with EINVAL ("dynamic-dax with
# pre-populated page map") whatever the device's range is by then. Who wrote to `new_id` sees neither: the write succeeds.
# What helps is another device over the same memory.
# Seen, 6.1.176: after kmem was unbound from memory that stayed online, binding fails with EBUSY, then with EINVAL.
# Seen, 7.3.4: a device begins with 48 MiB in use ("RAM buffer"). Written to new_id: 0, not bound; to bind: EINVAL. A second device is
# given the 48 MiB, the first what is free after them: EINVAL. The first gives it up, and a third device with it: bound.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack v6.1 amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack v7.3 amd64 trixie-backports linux-{binary,modules}-7.3.4+deb13-cloud-amd64='7.3.4-1~bpo13+1'

# run VERSION MEMMAP: the commands of standard input in the folder of dax's drivers; an error of a write is told as its message
run() {
  put_modules "$1" drivers/dax
  (
    echo 'for m in dax_hmem device_dax; do insmod /modules/$m.ko; done; sleep 1; cd /sys/bus/dax/drivers'
    cat
  ) | guest amd64 "$(find "$tmp/$1" -name 'vmlinuz*')" "memmap=$2-1+0xefffffff" -m 1G | sed 's/sh: write error: //' | paste -sd' '
}

online=$(run v6.1 256M%0x20000000 <<'END'
insmod /modules/kmem.ko
echo dax0.0 >device_dax/unbind
echo dax0.0 >kmem/new_id
echo online_movable >/sys/devices/system/memory/memory4/state
echo dax0.0 >kmem/unbind
echo dax0.0 2>&1 >device_dax/bind
echo dax0.0 2>&1 >device_dax/bind
END
)
check 'v6.1' "$online" 'Device or resource busy Invalid argument'

moved=$(run v7.3 368M%0x21000000 <<'END'
devices=/sys/bus/dax/devices
region=$(readlink -f $devices/dax0.0)/../dax_region
range() { echo $1 $(cat $devices/$1/mapping*/start $devices/$1/mapping*/end); }
bound() { echo bound: $(cd device_dax; echo dax*); }
range dax0.0
echo dax0.0 >device_dax/new_id; echo $?; bound
echo dax0.0 2>&1 >device_dax/bind
echo 0 >$devices/dax0.0/size; echo 1 >$region/create
echo $((48<<20)) >$devices/dax0.1/size; echo $((320<<20)) >$devices/dax0.0/size
range dax0.0
echo dax0.0 2>&1 >device_dax/bind
echo 0 >$devices/dax0.0/size; echo 1 >$region/create
echo $((320<<20)) >$devices/dax0.2/size
range dax0.2
echo dax0.2 >device_dax/new_id; echo $?; bound
END
)
check 'v7.3' "$moved" "dax0.0 0x21000000 0x37ffffff 0 bound: dax* Invalid argument \
dax0.0 0x24000000 0x37ffffff Invalid argument dax0.2 0x24000000 0x37ffffff 0 bound: dax0.2"
finish
