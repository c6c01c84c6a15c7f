#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22.
# A huge page of 1 GiB that is in no one's use spans eight blocks. One would guess that it keeps all of them online, or none: pages of
# 2 MiB that are not used are given up when their block goes offline, and nothing of a free page needs to be moved.
# Seven of the eight are refused (EBUSY) without a line in the log. The last one goes, and the page with it, silently; after it the seven
# go as well. So eight writes from the lowest block up free 128 MiB, and the same eight from the highest down free all.
# Seen: upward seven of eight writes fail, and none when they are tried again; downward none fails. The pool has one free page before, and
# none once the last block was written.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

# run ORDER: with what arranges numbers (cat, or tac)
run() {
  guest amd64 "$kernel" 'hugepagesz=1G hugepages=1 movable_node' -M q35 -m 4G <<END
cd /sys/devices/system/memory
pool() { cat /sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages; }
# The flag of a huge page (17) of the first page of a block.
in_page() { [ \$((0x\$(dd if=/proc/kpageflags bs=8 skip=\$((\$1 * 32768)) count=1 2>/dev/null | hexdump -n 4 -e '1/4 "%x"') >> 17 & 1)) = 1 ]; }
blocks=\$(for n in \$(seq 0 47); do in_page \$n && echo \$n; done | $1)
# To those that are online.
writes() { for n in \$blocks; do [ \$(cat memory\$n/state) = offline ] || { echo offline 2>/dev/null >memory\$n/state; echo -n "\$?"; }; done; }
dmesg -c >/dev/null
echo "pool \$(pool), writes \$(writes), pool \$(pool), writes \$(writes), log \$(dmesg | grep -ciE 'huge|busy|isolat|migrat|movable')"
END
}
check 'from the lowest block up' "$(run cat)" 'pool 1, writes 11111110, pool 0, writes 0000000, log 0'
check 'from the highest block down' "$(run tac)" 'pool 1, writes 00000000, pool 0, writes , log 0'
finish
