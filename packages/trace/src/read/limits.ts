export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Most of anything that a machine of a trace may have: CPUs, slots, nodes. */
export const COUNT_LIMIT = 8192
/** 64 TiB: all that x86-64 with four levels of page tables addresses. */
export const MIB_LIMIT: number = 2 ** 26

export const isCount = (value: unknown, limit: number): boolean =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= limit
