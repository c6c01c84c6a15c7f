#!/usr/bin/env bash
# QEMU 7.2.22 (Debian 12) with Debian's kernel 6.1.176, amd64.
# Naming a maximum of memory ("maxmem") for later hot-plug costs the guest 64 MiB at boot, before anything is plugged, even where
# everything that can ever be plugged ends below 4 GiB. QEMU then describes the hot-plug window in the SRAT, above 4 GiB; the kernel
# takes its end for the highest possible address, and sets up a bounce buffer (SWIOTLB) for devices that reach 4 GiB only.
# One would guess that an empty window costs nothing. `swiotlb=noforce` on the kernel's command line gives the memory back.
# Seen: MemTotal is 66304 kB smaller with maxmem=2G than without.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

# look APPEND MEMORY: MemTotal in kB, and the size of the bounce buffer
look() {
  guest amd64 "$kernel" "$1" -m "$2" <<'END'
echo "$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) $(dmesg | sed -n 's/.*software IO TLB: mapped .*(\(.*\))/\1/p')"
END
}
read -r plain buffer < <(look '' 512M)
check 'bounce buffer without maxmem' "${buffer:-none}" none
read -r window buffer < <(look '' 512M,slots=1,maxmem=2G)
check 'bounce buffer with maxmem=2G' "${buffer:-none}" 64MB
read -r without buffer < <(look swiotlb=noforce 512M,slots=1,maxmem=2G)
check 'bounce buffer with maxmem=2G and swiotlb=noforce' "${buffer:-none}" none
[ -n "$plain" ] && [ -n "$window" ] && [ -n "$without" ] || give_up 'a guest did not boot'
echo "MemTotal: $plain kB, $window kB with maxmem, $without kB with maxmem and swiotlb=noforce"
check 'MiB that maxmem costs, to the next 16' $(((plain - window + 8192) / 16384 * 16)) 64
check 'MiB that it costs with swiotlb=noforce, to the next 16' $(((plain - without + 8192) / 16384 * 16)) 0
finish
