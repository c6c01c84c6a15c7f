import { GIB, KIB, MIB, type Range } from '@memhp/core'
import type {
  ArchFeatures,
  ArchGeometry,
  FixedRegion,
  FixedTranslation,
  KernelMapping,
} from '@memhp/core/plugin'
import type { ShOptions } from './options'

/** First byte of segment P1: cached memory, mapped without tables. Source: asm/addrspace.h, arch/sh 3.6. */
const P1 = 0x8000_0000

/** Physical addresses that segment P1 shows with 29 bits, in bytes. P1 and P2 together are twice as large. */
const P1_BYTES = 512 * MIB

/** Sizes of entries of the privileged mapping buffer, largest first. Source: pmb_sizes, arch/sh/mm/pmb.c 3.6. */
const PMB_SIZES = [512 * MIB, 128 * MIB, 64 * MIB, 16 * MIB]

/** The numbers of an SH kernel. Source: asm/sparsemem.h, FORCE_MAX_ZONEORDER of arch/sh/mm/Kconfig 3.6; series, section 5.0. */
export function shGeometry({ pageBytes, hugePageBytes }: ShOptions): ArchGeometry {
  const pageShift = Math.log2(pageBytes)
  const maxOrder = pageBytes === 64 * KIB ? 6 : 10
  return {
    pageShift,
    sectionSizeBits: 26,
    maxPhysMemBits: 32,
    maxOrder,
    pageblockOrder:
      hugePageBytes === null ? maxOrder : Math.min(Math.log2(hugePageBytes) - pageShift, maxOrder),
    structPageBytes: 32,
    wordBytes: 4,
    zones: [{ name: 'Normal', kind: 'normal', endAddress: null }],
  }
}

/**
 * Entries of the privileged mapping buffer for boot memory: the largest that fits into what is left, again and again. A rest of
 * less than 16 MiB has none.
 * Source: pmb_bolt_mapping, arch/sh/mm/pmb.c 3.6.
 */
function pmbEntries(ram: readonly Range[]): readonly FixedTranslation[] {
  const entries: FixedTranslation[] = []
  for (const { start, end } of ram) {
    let at = start
    for (const bytes of PMB_SIZES) {
      for (; at + bytes <= end; at += bytes)
        entries.push({ start: at, bytes, place: `PMB entry ${entries.length}` })
    }
  }
  return entries
}

/**
 * The kernel's own mapping: no tables, in either way of addressing.
 * @param ram boot memory in bytes; hot-added memory gets no entry of the buffer
 */
export function shMapping({ addressing }: ShOptions, ram: readonly Range[]): KernelMapping {
  return {
    direct: addressing === '29-bit' ? { kind: 'fixed', base: BigInt(P1) } : mappedByPmb(ram),
    vmemmap: { kind: 'none' },
  }
}

function mappedByPmb(ram: readonly Range[]): FixedRegion {
  const entries = pmbEntries(ram)
  return {
    kind: 'fixed',
    base: BigInt(P1 - memoryStart(ram)),
    translation: (_, address) =>
      entries.find(({ start, bytes }) => start <= address && address < start + bytes) ?? null,
  }
}

const memoryStart = (ram: readonly Range[]): number => Math.min(...ram.map(({ start }) => start))

/** Physical memory that has an address in P1, or in P1 and P2 by the buffer. Bytes. */
export function shReach({ addressing }: ShOptions, ram: readonly Range[]): Range {
  if (addressing === '29-bit') return { start: 0, end: P1_BYTES }
  const start = Math.floor(memoryStart(ram) / (64 * MIB)) * 64 * MIB
  return { start, end: Math.min(start + GIB, 4 * GIB) }
}

/** Source: arch/sh/mm/Kconfig 3.6: ARCH_MEMORY_PROBE; no SPARSEMEM_VMEMMAP. */
export const SH_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: true,
  memmapOnMemory: false,
  zoneDevice: false,
}
