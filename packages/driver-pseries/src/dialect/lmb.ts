/** Flags of an LMB in the device tree. Source: arch/powerpc/include/asm/drmem.h 6.1; spec 6.2.1. */
export const LMB_FLAG = {
  assigned: 0x8,
  drcInvalid: 0x20,
  associativityInvalid: 0x40,
  reserved: 0x80,
  hotRemovable: 0x100,
} as const

/** The associativity index of an LMB that belongs to no node. */
export const NO_ASSOCIATIVITY = 0xffff_ffff

/** Neighbouring logical memory blocks that are alike, one DRC index after the other. */
export interface LmbRun {
  /** Physical address of the first, in bytes. */
  readonly base: number
  readonly count: number
  /** DRC index of the first. */
  readonly drcIndex: number
  readonly associativityIndex: number
  /** Sum of `LMB_FLAG`. */
  readonly flags: number
}

/** Whether a flag is set. Flags are 32 bits, of which a bit operator would make a sign. */
export const hasFlag = (flags: number, flag: keyof typeof LMB_FLAG): boolean =>
  Math.floor(flags / LMB_FLAG[flag]) % 2 === 1

/** The partition has it: assigned, and not kept for the firmware or for boot memory. */
export const isAssignedLmb = ({ flags }: Pick<LmbRun, 'flags'>): boolean =>
  hasFlag(flags, 'assigned') && !hasFlag(flags, 'reserved')

/** It may come and go. */
export const isDynamicLmb = ({ flags }: Pick<LmbRun, 'flags'>): boolean =>
  !hasFlag(flags, 'reserved')

/** Joins neighbours that are alike. @param runs ascending by address */
export function joinLmbRuns(runs: readonly LmbRun[], lmbBytes: number): LmbRun[] {
  const joined: LmbRun[] = []
  for (const run of runs) {
    const last = joined.at(-1)
    const follows =
      last !== undefined &&
      last.base + last.count * lmbBytes === run.base &&
      last.drcIndex + last.count === run.drcIndex &&
      last.associativityIndex === run.associativityIndex &&
      last.flags === run.flags
    if (follows) joined[joined.length - 1] = { ...last, count: last.count + run.count }
    else joined.push(run)
  }
  return joined
}

/** A run as LMBs, one by one. */
export const lmbsOfRun = ({ count, ...first }: LmbRun, lmbBytes: number): LmbRun[] =>
  Array.from({ length: count }, (_, i) => ({
    ...first,
    count: 1,
    base: first.base + i * lmbBytes,
    drcIndex: first.drcIndex + i,
  }))
