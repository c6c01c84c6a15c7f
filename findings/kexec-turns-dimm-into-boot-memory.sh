#!/usr/bin/env bash
# kexec-tools 2.0.25 and Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22.
# A DIMM that was hot-plugged, brought online as Movable and could be unplugged, and then a kexec into the same kernel with the same
# command line. Which of its two system calls kexec uses decides whether the DIMM can still be taken out:
#   kexec -c (kexec_load) reads /sys/firmware/memmap, where hot-plugged memory is an entry: the next kernel takes the DIMM for boot
#     memory, online in Normal from its first moment, and refuses device_del;
#   kexec -s (kexec_file_load) hands over the boot-time map only: the ACPI driver of the next kernel adds the DIMM anew, offline, so that
#     MemTotal is smaller until it is brought online, and device_del takes it out.
# One would guess that both calls describe the same machine. In both cases memory32/firmware_node names PNP0C80:00.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
xen=4.17.5+72-g01140da4e8-1
unpack programs amd64 bookworm kexec-tools=1:2.0.25-3+deb12u3 zlib1g=1:1.2.13.dfsg-1 liblzma5=5.4.1-1+deb12u1 \
  libzstd1=1.5.4+dfsg2-5 libc6=2.36-9+deb12u14 lib{xenmisc4.17,xencall1,xendevicemodel1,xenevtchn1,xenforeignmemory1}="$xen" \
  lib{xengnttab1,xenstore4,xentoolcore1,xentoollog1,xenhypfs1}="$xen"
rm -rf "$tmp/programs/usr/share" "$tmp/programs/usr/lib/x86_64-linux-gnu/gconv"
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64
cp "$kernel" "$tmp/programs/vmlinuz"

# dimm OPTION: blocks of the DIMM before, after the kexec, and after device_del
dimm() {
  sed "s/OPTION/$1/" <<'END' | guest amd64 "$kernel" '' -m 512M,slots=1,maxmem=4G | tr '\n' ' ' | sed 's/ *$//'
blocks() { echo "$1:" $(for b in /sys/devices/system/memory/memory3[2-9]; do [ -e $b ] && echo $(basename $b) $(cat $b/state $b/valid_zones); done); }
if grep -q again /proc/cmdline; then
  sleep 2; blocks again
  echo "@hmp device_del d1"
  sleep 4; blocks device_del
else
  echo "@hmp object_add memory-backend-ram,id=m1,size=128M"
  echo "@hmp device_add pc-dimm,id=d1,memdev=m1"
  sleep 4
  echo online_movable >/sys/devices/system/memory/memory32/state
  blocks first
  mkdir -p /next/bin /next/proc /next/sys /next/dev; cp /init /script /next; cp /bin/busybox /next/bin
  (cd /next && find . | cpio -o -H newc 2>/dev/null) >/initrd
  kexec OPTION -l /vmlinuz --initrd=/initrd --append="$(cat /proc/cmdline) again" && kexec -e
fi
END
}
check 'kexec -c' "$(dimm -c)" 'first: memory32 online Movable again: memory32 online Normal device_del: memory32 online Normal'
check 'kexec -s' "$(dimm -s)" 'first: memory32 online Movable again: memory32 offline Normal Movable device_del:'
finish
