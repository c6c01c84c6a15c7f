import {
  type FirmwareMapFacts,
  GIB,
  type IomemFacts,
  KIB,
  MIB,
  type RamDescription,
  type Range,
  rangeIntersection,
} from '@memhp/core'
import { SYSTEM_RAM } from '@memhp/kernel-files'

/** Memory of a node in the order of the nodes, before holes are known. */
export interface NodeMemory {
  readonly node: number
  readonly sizeBytes: number
}

/** Boot memory as the firmware of a PC describes it. */
export interface BootLayout {
  readonly ram: readonly RamDescription[]
  readonly iomem: readonly IomemFacts[]
  readonly firmwareMap: readonly FirmwareMapFacts[]
}

/** From this much memory on only 2 GiB lie below 4 GiB. Source: QEMU 7.2 hw/i386/pc_q35.c. */
const SPLIT_FROM = 0xb000_0000
/** The firmware keeps the top of low memory to itself. */
const FIRMWARE_TOP = 128 * KIB
/** End of the memory that real mode can use; above lie the firmware's own data. */
const LOW_RAM_END = 0x9_fc00
/** Whole pages below it. Page 0 is not given to the allocator. */
const LOW_PAGES: Range = { start: 4 * KIB, end: 0x9_f000 }

/** Everything else that the firmware of a q35 machine reserves, as recorded guests show it. `end` is inclusive. */
const RESERVED: readonly Range[] = [
  { start: LOW_RAM_END, end: 0x9_ffff },
  { start: 0xf_0000, end: 0xf_ffff },
  { start: 0xb000_0000, end: 0xbfff_ffff },
  { start: 0xfed1_c000, end: 0xfed1_ffff },
  { start: 0xfffc_0000, end: 0xffff_ffff },
  { start: 0xfd_0000_0000, end: 0xff_ffff_ffff },
]

/**
 * Boot memory with the holes that a QEMU q35 machine has: the real-mode hole, the firmware's 128 KiB below the end of
 * low memory, and the gap below 4 GiB.
 */
export function pcLayout(nodes: readonly NodeMemory[]): BootLayout {
  const total = nodes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const lowEnd = total >= SPLIT_FROM ? 2 * GIB : total
  const low = { start: MIB, end: lowEnd - FIRMWARE_TOP }
  const high = { start: 4 * GIB, end: 4 * GIB + total - lowEnd }
  const usable = [LOW_PAGES, low, high].filter(({ start, end }) => start < end)
  const ram = placeNodes(nodes, lowEnd).flatMap(({ node, range }) =>
    usable.flatMap((part) => {
      const shared = rangeIntersection(part, range)
      return shared === undefined ? [] : [{ ...shared, node }]
    }),
  )
  return {
    ram: ram.sort((a, b) => a.start - b.start),
    iomem: usable.map(({ start, end }) => ({
      start,
      end: end === LOW_PAGES.end ? LOW_RAM_END - 1 : end - 1,
      name: SYSTEM_RAM,
    })),
    firmwareMap: firmwareMap([{ start: 0, end: LOW_RAM_END }, low, high], lowEnd),
  }
}

/** Nodes take addresses in their order and leave the gap below 4 GiB out. */
function placeNodes(
  nodes: readonly NodeMemory[],
  lowEnd: number,
): readonly { readonly node: number; readonly range: Range }[] {
  const placed: { node: number; range: Range }[] = []
  let at = 0
  for (const { node, sizeBytes } of nodes) {
    const end = at + sizeBytes
    const below = { start: at, end: Math.min(end, lowEnd) }
    const gap = 4 * GIB - lowEnd
    const above = { start: Math.max(at, lowEnd) + gap, end: end + gap }
    if (below.start < below.end) placed.push({ node, range: below })
    if (above.start < above.end) placed.push({ node, range: above })
    at = end
  }
  return placed
}

function firmwareMap(ram: readonly Range[], lowEnd: number): readonly FirmwareMapFacts[] {
  const top = { start: lowEnd - FIRMWARE_TOP, end: lowEnd - 1 }
  const entries = [
    ...ram
      .filter(({ start, end }) => start < end)
      .map(({ start, end }) => ({ start, end: end - 1, type: SYSTEM_RAM })),
    ...[...RESERVED, top].map((range) => ({ ...range, type: 'Reserved' })),
  ]
  return entries.sort((a, b) => a.start - b.start).map((entry, index) => ({ index, ...entry }))
}
