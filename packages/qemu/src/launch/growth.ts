import { alignUp, GIB, HotplugError, TIB } from '@memhp/core'

/** What a guest starts with, and is to be able to have. */
export interface GrowthWish {
  /** Bytes at boot. */
  readonly bootBytes: number
  /** Bytes in all. */
  readonly mostBytes: number
  /** Bytes of each DIMM. */
  readonly dimmBytes: number
}

/** With what QEMU is to be started for it. */
export interface GrowthArguments {
  readonly dimms: number
  readonly slots: number
  readonly maxmemBytes: number
  /** The last byte of the guest's address space that QEMU reserves. */
  readonly lastAddress: number
  /** Bits of physical addresses that the guest's processor has to have. */
  readonly physBits: number
}

/** Source: ACPI_MAX_RAM_SLOTS, include/hw/acpi/acpi_dev_interface.h, QEMU 7.2. */
const MOST_SLOTS = 256
const FOUR_GIB = 4 * GIB
/** From so much memory on the part above 2 GiB lies above 4 GiB. Source: pc_q35_init, hw/i386/pc_q35.c, QEMU 7.2. */
const SPLIT_FROM = 0xb0000000
const BELOW = 2 * GIB
/** What PCI devices may take above all memory. Source: Q35_PCI_HOST_HOLE64_SIZE_DEFAULT, QEMU 7.2. */
const PCI_HOLE = 32 * GIB
/** Memory of guests that reach this is moved above 1 TiB, if their processor is one of AMD. Source: hw/i386/pc.c, QEMU 7.1 and later. */
const HYPERTRANSPORT = 0xfd_0000_0000

const endOf = ({ bootBytes, mostBytes }: GrowthWish, slots: number, start: number): number => {
  const above = bootBytes >= SPLIT_FROM ? bootBytes - BELOW : 0
  const base = alignUp(start + above, GIB)
  // For each slot as much again as a DIMM may lose at its alignment.
  return alignUp(base + mostBytes - bootBytes + slots * GIB, GIB) + PCI_HOLE
}

/**
 * What a guest of QEMU's q35 has to be started with, so that DIMMs bring it to a size. Held against QEMU 7.2.
 * @throws HotplugError BAD_ARGUMENT for what no DIMM makes up, IMPOSSIBLE_GOAL for more DIMMs than there are slots
 */
export function growthArguments(wish: GrowthWish): GrowthArguments {
  const { bootBytes, mostBytes, dimmBytes } = wish
  if (mostBytes <= bootBytes || dimmBytes <= 0)
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      'The guest has as much memory at boot already.',
    )
  const dimms = Math.ceil((mostBytes - bootBytes) / dimmBytes)
  if (dimms > MOST_SLOTS)
    throw new HotplugError(
      'IMPOSSIBLE_GOAL',
      'EINVAL',
      `That takes ${dimms} DIMMs, and QEMU has at most ${MOST_SLOTS} slots: larger ones, or virtio-mem.`,
      { detail: { dimms, slots: MOST_SLOTS } },
    )
  const whole = { ...wish, mostBytes: bootBytes + dimms * dimmBytes }
  const plain = endOf(whole, dimms, FOUR_GIB)
  const end = plain > HYPERTRANSPORT ? endOf(whole, dimms, TIB) : plain
  return {
    dimms,
    slots: dimms,
    maxmemBytes: whole.mostBytes,
    lastAddress: end - 1,
    physBits: Math.ceil(Math.log2(end)),
  }
}
