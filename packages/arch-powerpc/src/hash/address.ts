import { MIB } from '@memhp/core'
import { highWord, lowWord } from '@memhp/core/plugin'
import { LINEAR_BASE } from '../geometry'
import type { PowerpcOptions } from '../options'

/** The kernel's own mappings. */
type HashRegionName = 'linear' | 'vmemmap'

/** A region of kernel virtual space under the hash MMU. */
export interface HashRegion {
  readonly name: HashRegionName
  readonly base: bigint
  /** Virtual address of its first byte below the top four bits. */
  readonly effectiveBase: number
  /** Context id of its first byte. */
  readonly context: number
  /** Bytes of its pages. */
  readonly pageBytes: number
}

/** How a machine's kernel addresses are cut up. Nothing in it changes. */
export interface HashShape {
  readonly linear: HashRegion
  readonly vmemmap: HashRegion
  /** Bytes that one context spans. */
  readonly contextBytes: number
  /** Bytes of a base page. */
  readonly pageBytes: number
}

/*
 * | | 64 KiB pages | 4 KiB pages |
 * | --- | --- | --- |
 * | bytes of a context | 2^49 | 2^46 |
 * | contexts of the linear mapping | 1 to 4 | 1 |
 * | vmemmap from | c00c000000000000 | c0003f0000000000 |
 * | its context | 7 | 4 |
 *
 * Source: arch/powerpc/include/asm/book3s/64/mmu-hash.h, hash-64k.h, hash-4k.h 6.1.
 */
const BY_PAGE = {
  65536: { contextBits: 49, vmemmap: 0xc00c_0000_0000_0000n, context: 7 },
  4096: { contextBits: 46, vmemmap: 0xc000_3f00_0000_0000n, context: 4 },
}

/** From so much memory up the vmemmap has pages of 16 MiB. Source: htab_init_page_sizes, hash_utils.c 6.1. */
const LARGE_VMEMMAP_FROM = 2 ** 30

/** How kernel addresses are cut up. @param memoryBytes boot memory */
export function hashShape(options: PowerpcOptions, memoryBytes: number): HashShape {
  const { contextBits, vmemmap, context } = BY_PAGE[options.pageBytes]
  const isLarge = options.linearPageBytes === 16 * MIB && memoryBytes >= LARGE_VMEMMAP_FROM
  return {
    contextBytes: 2 ** contextBits,
    pageBytes: options.pageBytes,
    linear: {
      name: 'linear',
      base: LINEAR_BASE,
      effectiveBase: 0,
      context: 1,
      pageBytes: options.linearPageBytes,
    },
    vmemmap: {
      name: 'vmemmap',
      base: vmemmap,
      effectiveBase: Number(vmemmap - LINEAR_BASE),
      context,
      pageBytes: isLarge ? 16 * MIB : options.pageBytes,
    },
  }
}

/** Bytes of a segment. Source: Power ISA 2.07; MMU_SEGSIZE_1T, which kernels use where there is one. */
export const SEGMENT_BYTES: number = 2 ** 40
/** Bits of what a hash is made of. */
const HASH_BYTES = 2 ** 39
const VSID_MULTIPLIER = 12538073
const VSID_BITS = 28
const ESIDS_PER_CONTEXT = 2 ** 9

/** A page as the processor looks for it: which segment, and where in it. */
export interface VirtualPage {
  /** Virtual segment id. */
  readonly vsid: number
  /** Bytes from the segment's start. */
  readonly segmentOffset: number
}

/** The page of a region at a byte offset. */
export function virtualPage(shape: HashShape, region: HashRegion, offset: number): VirtualPage {
  const address = region.effectiveBase + offset
  return { vsid: segmentId(shape, region, address), segmentOffset: address % SEGMENT_BYTES }
}

/**
 * Kernel contexts and segments, scrambled so that they spread over the table: a product modulo 2^28 - 1. It stays
 * below 2^52.
 * Source: get_kernel_vsid, arch/powerpc/include/asm/book3s/64/mmu-hash.h 6.1.
 */
function segmentId(shape: HashShape, region: HashRegion, address: number): number {
  const more = region.name === 'linear' ? Math.floor(address / shape.contextBytes) : 0
  const esid = Math.floor(address / SEGMENT_BYTES) % ESIDS_PER_CONTEXT
  const product = ((region.context + more) * ESIDS_PER_CONTEXT + esid) * VSID_MULTIPLIER
  return product % (2 ** VSID_BITS - 1)
}

/** What a segment contributes to the hash of its pages. Below 2^39. */
export const segmentHash = (vsid: number): number => xor(vsid, (vsid * 2 ** 25) % HASH_BYTES)

/**
 * The hash of a page: that of its segment, and the number of the page in the segment.
 * Source: Power ISA 2.07, book III-S, 5.7.7.3; hpt_hash, mmu-hash.h 6.1.
 */
export const pageHash = (page: VirtualPage, pageBytes: number): number =>
  xor(segmentHash(page.vsid), Math.floor(page.segmentOffset / pageBytes))

/** Bits that are in one of two numbers only. @param a 0 to 2^53 - 1 @param b likewise */
export const xor = (a: number, b: number): number =>
  ((highWord(a) ^ highWord(b)) >>> 0) * 2 ** 32 + ((lowWord(a) ^ lowWord(b)) >>> 0)
