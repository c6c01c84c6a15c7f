#!/usr/bin/env bash
# makedumpfile 1.7.2, kexec-tools 2.0.25 and Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22.
# A DIMM of 128 MiB in Movable is filled with a file, and the file is deleted. Then the machine is made to crash (sysrq), and
# `makedumpfile -d 31`, which leaves out all that is free, in the page cache or of user programs, reads /proc/vmcore.
# If the DIMM is online its free pages are left out. If its block was taken offline before the crash, all of it is in the dump, with what
# the deleted file left there: an offline block is System RAM as before, which the crash kernel is given, and its pages are no longer
# marked as free. The report of makedumpfile has a line "Offline pages", which counts none of them. So memory that the kernel has given
# up makes the dump larger, and brings into it what that level keeps out.
# One would guess that offline memory is not dumped, or is left out as free memory is.
# Seen: online: less than 100 MiB, next to nothing of the file; offline: more than 100 MiB, with more than 100 MiB of the file; "Offline
# pages" is 0 in both.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
xen=4.17.5+72-g01140da4e8-1
unpack programs amd64 bookworm kexec-tools=1:2.0.25-3+deb12u3 makedumpfile=1:1.7.2-1 zlib1g=1:1.2.13.dfsg-1 liblzma5=5.4.1-1+deb12u1 \
  libzstd1=1.5.4+dfsg2-5 libc6=2.36-9+deb12u14 lib{dw1,elf1}=0.188-2.1 libbz2-1.0=1.0.8-5+b1 liblzo2-2=2.10-2 libsnappy1v5=1.1.9-3 \
  lib{stdc++6,gcc-s1}=12.2.0-14+deb12u1 lib{xenmisc4.17,xencall1,xendevicemodel1,xenevtchn1,xenforeignmemory1}="$xen" \
  lib{xengnttab1,xenstore4,xentoolcore1,xentoollog1,xenhypfs1}="$xen"
rm -rf "$tmp/programs/usr/share" "$tmp/programs/usr/lib/x86_64-linux-gnu/gconv"
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64
cp "$kernel" "$tmp/programs/vmlinuz"

# dump STATE: MiB of the dump and of the deleted file in it, and the offline pages that are reported; the DIMM was in STATE last
dump() {
  sed "s/STATE/$1/" <<'END' | guest amd64 "$kernel" crashkernel=200M -m 768M,slots=1,maxmem=4G | sed -n 's/.*seen: //p'
mkdir /tmp
if [ -e /proc/vmcore ]; then
  mkfifo /tmp/copy
  grep -c 0123456789abcdef0123456789abcde </tmp/copy >/tmp/lines &
  size=$(makedumpfile -F -d 31 --message-level 16 /proc/vmcore 2>/tmp/report | tee /tmp/copy | wc -c)
  wait
  echo seen: $((size >> 20)) $(($(cat /tmp/lines) * 32 >> 20)) $(sed -n 's/ *Offline pages *: //p' /tmp/report)
else
  echo "@hmp object_add memory-backend-ram,id=m1,size=128M"
  echo "@hmp device_add pc-dimm,id=d1,memdev=m1"
  sleep 6
  echo online_movable >/sys/devices/system/memory/memory32/state
  mount -t tmpfs -o size=300M none /tmp
  # 32 bytes a line, into Movable first.
  yes 0123456789abcdef0123456789abcde | head -c 110000000 >/tmp/file
  rm /tmp/file
  echo STATE >/sys/devices/system/memory/memory32/state 2>/dev/null
  mkdir -p /next/bin /next/proc /next/sys /next/dev; cp /init /script /next; cp /bin/busybox /next/bin
  cp -a /lib /lib64 /usr /next; rm -rf /next/usr/lib/xen* /next/usr/lib/*/libxen*
  (cd /next && find . | cpio -o -H newc 2>/dev/null) >/initrd
  rm -rf /next
  kexec -s -p /vmlinuz --initrd=/initrd --append='console=ttyS0 quiet nr_cpus=1' && echo c >/proc/sysrq-trigger
fi
END
}
# told STATE: the same with the sizes sorted into classes
told() {
  dump "$1" | {
    read -r size file offline && echo "dump $([ "$size" -lt 100 ] && echo below 100 || echo "from $((size / 100 * 100))") MiB, file $(
      [ "$file" -lt 10 ] && echo below 10 || echo "from $((file / 100 * 100))") MiB, offline pages $((offline))"
  }
}
check online "$(told online)" 'dump below 100 MiB, file below 10 MiB, offline pages 0'
check offline "$(told offline)" 'dump from 100 MiB, file from 100 MiB, offline pages 0'
finish
