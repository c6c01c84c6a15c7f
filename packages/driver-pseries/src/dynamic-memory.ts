import { HotplugError } from '@memhp/core'

/** Flags of an LMB in the device tree. Source: arch/powerpc/include/asm/drmem.h 6.1; spec 6.2.1. */
export const LMB_FLAG = {
  assigned: 0x8,
  drcInvalid: 0x20,
  aiInvalid: 0x40,
  reserved: 0x80,
  hotRemovable: 0x100,
} as const

/** One LMB as the device tree describes it. */
export interface LmbEntry {
  /** Physical address, bytes. */
  readonly base: number
  readonly drcIndex: number
  readonly associativityIndex: number
  readonly flags: number
}

function damaged(what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `ibm,dynamic-memory: ${what}`)
}

/** Reads big-endian cells of 32 bits one after the other. */
function cellReader(bytes: Uint8Array): { next(): number; address(): number; atEnd(): boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0
  const next = (): number => {
    if (offset + 4 > bytes.byteLength)
      damaged(`ends after ${offset} bytes, in the middle of an entry.`)
    offset += 4
    return view.getUint32(offset - 4)
  }
  return {
    next,
    address: () => next() * 2 ** 32 + next(),
    atEnd: () => offset >= bytes.byteLength,
  }
}

/**
 * Reads the property `ibm,dynamic-memory`: a count, then for each LMB its address (2 cells), DRC index, a reserved
 * cell, associativity index and flags.
 * @throws HotplugError BAD_DESCRIPTION for a property that is cut short. Source: PAPR; drivers/of and mm/drmem.c 6.1.
 */
export function parseDynamicMemory(bytes: Uint8Array): LmbEntry[] {
  const cells = cellReader(bytes)
  const count = cells.next()
  return Array.from({ length: count }, () => {
    const base = cells.address()
    const drcIndex = cells.next()
    cells.next()
    return { base, drcIndex, associativityIndex: cells.next(), flags: cells.next() }
  })
}

/**
 * Reads the property `ibm,dynamic-memory-v2`: a count of sets, then for each the number of LMBs, and address (2
 * cells), DRC index, associativity index and flags of the first; the others follow it one LMB apart.
 * @param lmbBytes `ibm,lmb-size`
 */
export function parseDynamicMemoryV2(bytes: Uint8Array, lmbBytes: number): LmbEntry[] {
  const cells = cellReader(bytes)
  const sets = cells.next()
  const entries: LmbEntry[] = []
  for (let set = 0; set < sets; set++) {
    const count = cells.next()
    const base = cells.address()
    const drcIndex = cells.next()
    const associativityIndex = cells.next()
    const flags = cells.next()
    for (let i = 0; i < count; i++) {
      entries.push({ base: base + i * lmbBytes, drcIndex: drcIndex + i, associativityIndex, flags })
    }
  }
  if (!cells.atEnd()) damaged('goes on behind the last set.')
  return entries
}

/** Runs of LMBs that a DIMM may cover: assigned ones, neighbours of one associativity together. */
export function assignedRuns(
  entries: readonly LmbEntry[],
  lmbBytes: number,
): { readonly base: number; readonly sizeBytes: number; readonly associativityIndex: number }[] {
  const runs: { base: number; sizeBytes: number; associativityIndex: number }[] = []
  for (const { base, associativityIndex, flags } of entries) {
    const isAssigned = Math.floor(flags / LMB_FLAG.assigned) % 2 === 1
    const isReserved = Math.floor(flags / LMB_FLAG.reserved) % 2 === 1
    if (!isAssigned || isReserved) continue
    const last = runs.at(-1)
    const follows =
      last !== undefined &&
      last.base + last.sizeBytes === base &&
      last.associativityIndex === associativityIndex
    if (follows) last.sizeBytes += lmbBytes
    else runs.push({ base, sizeBytes: lmbBytes, associativityIndex })
  }
  return runs
}
