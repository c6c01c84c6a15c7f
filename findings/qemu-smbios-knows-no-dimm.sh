#!/usr/bin/env bash
# Debian's kernel 6.1.176 (amd64) under QEMU 7.2.22, machine q35.
# What QEMU's firmware tables tell of memory (SMBIOS, types 16 and 17: `dmidecode -t memory`) is written from -m alone. A DIMM that is in
# its slot when the machine is switched on is in none of them, nor are empty slots or maxmem: the array can hold no more than -m gives.
# One would guess one device for each DIMM, and slots that say how far the machine can grow, as on hardware: an inventory that adds the
# devices up is wrong about memory that Linux has from boot on.
# Seen with -m 512M,slots=4,maxmem=8G and a DIMM of 1 GiB: Linux has 1 GiB and more; capacity 512 MiB, 1 device: 512 MiB.
# With -m 1536M as much memory; capacity 1536 MiB, 1 device: 1536 MiB.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack kernel amd64 bookworm linux-image-6.1.0-50-cloud-amd64=6.1.176-1
kernel=$tmp/kernel/boot/vmlinuz-6.1.0-50-cloud-amd64

# tables QEMU-ARGUMENT...: whole GiB that Linux has once all is online, and what the tables tell
tables() {
  guest amd64 "$kernel" '' -machine q35 "$@" <<'END' | sed -n 's/.*seen: //p'
for state in /sys/devices/system/memory/memory*/state; do
  ! grep -q offline $state || echo online_movable >$state
done
has=$(awk '/MemTotal/ { print int($2 / 1048576) }' /proc/meminfo)
told=$(od -An -v -tu1 /sys/firmware/dmi/tables/DMI | awk '
  { for (i = 1; i <= NF; i++) byte[bytes++] = $i }
  function word(at) { return byte[at] + 256 * byte[at + 1] }
  END {
    while (at < bytes && byte[at] != 127) {
      if (byte[at] == 16) capacity = (word(at + 7) + 65536 * word(at + 9)) / 1024
      if (byte[at] == 17) { devices++; sizes = sizes " " word(at + 12) " MiB" }
      at += byte[at + 1]
      while (byte[at] || byte[at + 1]) at++
      at += 2
    }
    print "capacity " capacity " MiB, devices " devices ":" sizes
  }')
echo "seen: Linux $has GiB, $told"
END
}
check 'DIMM there at boot' "$(tables -m 512M,slots=4,maxmem=8G -object memory-backend-ram,id=m1,size=1G -device pc-dimm,memdev=m1)" \
  'Linux 1 GiB, capacity 512 MiB, devices 1: 512 MiB'
check 'of the board' "$(tables -m 1536M)" 'Linux 1 GiB, capacity 1536 MiB, devices 1: 1536 MiB'
finish
