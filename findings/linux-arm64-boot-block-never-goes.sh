#!/usr/bin/env bash
# Debian's kernels 7.3.4 (arm64 and amd64) under QEMU 7.2.22, machines virt (EDK2 2026.08) and q35 with 1 GiB.
# On arm64 no block of the memory that is there at boot can go offline: an attempt ends with EPERM, for root as well, as a write does
# that is not allowed. All that the kernel shows of the block says otherwise: it is in Movable, and `removable` reads 1, which is what
# lsmem and chmem go by. A DIMM that is plugged does go.
# One would guess that such a block can be taken out of use, though not be removed, as on x86, or that a file tells.
# Seen with kernelcore=500M: arm64's memory14 is in Movable, removable 1, and stays (Operation not permitted); a DIMM's block goes.
# amd64's memory6: Movable, removable 1, goes; a DIMM's as well.
source "$(dirname "$0")/guest.bash"
get_qemu qemu-system-arm=1:7.2+dfsg-7+deb12u18+b3
get_qemu qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
unpack busybox-amd64 amd64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack busybox-arm64 arm64 bookworm busybox-static=1:1.35.0-4+deb12u1+b1
unpack firmware amd64 sid qemu-efi-aarch64=2026.08+ds-2
unpack kernel-arm64 arm64 trixie-backports linux-binary-7.3.4+deb13-cloud-arm64=7.3.4-1~bpo13+1
unpack kernel-amd64 amd64 trixie-backports linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1

# offline ARCH BLOCK QEMU-ARGUMENT...: what is said of a block of boot memory and of the highest one of a DIMM, and whether they go
offline() {
  local arch=$1 block=$2
  shift 2
  sed "s/BLOCK/$block/g" <<'END' |
echo # ends the line that the firmware has begun
cd /sys/devices/system/memory
try() {
  if error=$(echo offline 2>&1 >$2/state); then r=goes; else r="stays (${error##*: })"; fi
  echo "seen: $1: $says, $r."
}
tell() { says="$(cat $1/valid_zones), removable $(cat $1/removable)"; }
highest() { ls | sed -n 's/^memory\([0-9]\)/\1/p' | sort -n | tail -n 1; }
tell BLOCK; try 'at boot' BLOCK
echo online_movable >auto_online_blocks
boot=$(highest)
echo "@hmp device_add pc-dimm,id=d1,memdev=m1"
n=0; while { [ $(highest) = $boot ] || grep -q offline memory$(highest)/state; } && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done
sleep 3
dimm=memory$(highest)
tell $dimm; try DIMM $dimm
END
    guest "$arch" "$tmp/kernel-$arch/usr/lib/modules/7.3.4+deb13-cloud-$arch/vmlinuz" 'kernelcore=500M cma=0' "$@" \
      -m 1G,slots=1,maxmem=16G -object memory-backend-ram,id=m1,size=512M | sed -n 's/.*seen: //p' | paste -sd" "
}
efi=$tmp/firmware/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
check arm64 "$(offline arm64 memory14 -machine virt,gic-version=3 -bios "$efi")" \
  'at boot: Movable, removable 1, stays (Operation not permitted). DIMM: Movable, removable 1, goes.'
check amd64 "$(offline amd64 memory6 -machine q35)" \
  'at boot: Movable, removable 1, goes. DIMM: Movable, removable 1, goes.'
finish
