import { alignDown, GIB, MIB, type RamDescription } from '@memhp/core'
import {
  type ArchFeatures,
  type ArchGeometry,
  type KernelMapping,
  tableLevels,
} from '@memhp/core/plugin'
import { entryFormat } from './entries'
import type { TranslationMode } from './options'

const PAGE = 4096
const SECTION = 128 * MIB
/** Bytes of a struct page. */
const STRUCT_PAGE = 64

/** Top-level entries of the linear map's half, and of the vmemmap: the same number of each in every mode. */
const TOP_ENTRIES = { vmalloc: 64n, memmap: 4n }

/** What follows from a mode. */
interface Mode {
  readonly levels: readonly string[]
  /** Virtual address that the linear map begins with. */
  readonly linear: bigint
  /** Leaves of the linear map, largest first: of every level but the top, if there is one above those of 2 MiB. */
  readonly leaves: readonly number[]
}

/*
 * | mode | levels | linear map from | vmemmap from | leaves of the linear map |
 * | --- | --- | --- | --- | --- |
 * | sv57 | 5 | ff60000000000000 | ff1c000000000000 | 512 GiB, 1 GiB, 2 MiB, 4 KiB |
 * | sv48 | 4 | ffffaf8000000000 | ffff8d8000000000 | 1 GiB, 2 MiB, 4 KiB |
 * | sv39 | 3 | ffffffd600000000 | ffffffc500000000 | 2 MiB, 4 KiB |
 *
 * Source: spec 7.2, 7.3; arch/riscv/include/asm/pgtable.h, page.h, best_map_size of arch/riscv/mm/init.c 6.12; recorded tables.
 */
const MODES: Readonly<Record<TranslationMode, Mode>> = {
  sv57: {
    levels: ['PGD', 'P4D', 'PUD', 'PMD', 'PTE'],
    linear: 0xff60_0000_0000_0000n,
    leaves: [512 * GIB, GIB, 2 * MIB, PAGE],
  },
  sv48: {
    levels: ['PGD', 'PUD', 'PMD', 'PTE'],
    linear: 0xffff_af80_0000_0000n,
    leaves: [GIB, 2 * MIB, PAGE],
  },
  sv39: {
    levels: ['PGD', 'PMD', 'PTE'],
    linear: 0xffff_ffd6_0000_0000n,
    leaves: [2 * MIB, PAGE],
  },
}

/** Bits of a table's index. */
const INDEX_BITS = 9

/** What an entry of the top level spans, in bytes. */
const topSpan = ({ levels }: Mode): bigint => 2n ** BigInt(12 + INDEX_BITS * (levels.length - 1))

/** First virtual address beyond the linear map: KASAN's shadow would begin there. Source: asm/kasan.h, arch/riscv 6.12. */
function linearEndOf(mode: Mode): bigint {
  const bits = 12 + INDEX_BITS * mode.levels.length
  const modules = 2n ** 64n - 2n ** 32n
  const shadow = modules - 2n ** BigInt(bits - 4)
  return shadow - (shadow % topSpan(mode))
}

/** No memory lies here or beyond, whatever page numbers of entries reach: numbers of the model are exact as far as 2^53. */
const MOST_MEMORY = 2 ** 52

/** What the vmemmap begins with must be a multiple of this. Source: recorded tables of 7.2: struct pages count from address 0. */
const MEMMAP_ALIGNMENT = 16 * GIB

/** Where memory begins, in bytes. */
const lowestOf = (ram: readonly RamDescription[]): number => {
  const starts = ram.map(({ start }) => start).filter((start) => Number.isSafeInteger(start))
  return Math.max(0, Math.min(...(starts.length === 0 ? [0] : starts)))
}

/** What the linear map begins with, in bytes. Source: phys_ram_base, setup_bootmem, arch/riscv/mm/init.c 6.12. */
export const memoryStart = (ram: readonly RamDescription[]): number =>
  alignDown(lowestOf(ram), SECTION)

/** First address in bytes that the linear map does not have; frames of boot's tables are numbered from it. Source: arch_get_mappable_range, arch/riscv/mm/init.c 6.12. */
export function linearEnd(mode: TranslationMode, start: number): number {
  const { linear } = MODES[mode]
  return Math.min(MOST_MEMORY, start + Number(linearEndOf(MODES[mode]) - linear))
}

/** The numbers of a riscv64 machine. Source: spec 7.1. */
export const RISCV_GEOMETRY: ArchGeometry = {
  pageShift: 12,
  sectionSizeBits: 27,
  // 56 in truth; numbers of the model end with 53.
  maxPhysMemBits: 53,
  maxOrder: 10,
  pageblockOrder: 9,
  structPageBytes: STRUCT_PAGE,
  zones: [
    { name: 'DMA32', kind: 'dma', endAddress: 4 * GIB },
    { name: 'Normal', kind: 'normal', endAddress: null },
  ],
}

/** The kernel's own mapping of a riscv64 machine. @param start what the linear map begins with. Source: spec 7.2, 7.3. */
export function riscvMapping(modeName: TranslationMode, start: number): KernelMapping {
  const mode = MODES[modeName]
  const levels = tableLevels(
    12,
    mode.levels.map((name) => ({ name, indexBits: INDEX_BITS })),
  )
  const span = topSpan(mode)
  return {
    tables: {
      levels,
      // Every process has a copy of the top level: what it leads to comes at boot, and stays.
      permanentTables: mode.levels.slice(1, 2),
      secondTables: 'at-boot',
      bootFrameBase: linearEnd(modeName, start),
      entries: entryFormat(levels),
      flush: 'all',
    },
    direct: {
      kind: 'radix',
      base: mode.linear,
      startAddress: start,
      leaves: mode.leaves.filter((size) => start % size === 0),
    },
    vmemmap: {
      kind: 'radix',
      base: mode.linear - (TOP_ENTRIES.vmalloc + TOP_ENTRIES.memmap) * span,
      startAddress: alignDown(start, MEMMAP_ALIGNMENT),
      leaves: [2 * MIB, PAGE],
    },
  }
}

/** The architecture's part of what a kernel offers. Source: arch/riscv/Kconfig 6.12. */
export const RISCV_FEATURES: ArchFeatures = {
  firmwareMap: false,
  probe: false,
  memmapOnMemory: 'leaves',
  zoneDevice: true,
}
