// What runs where time is short, and what only where MEMHP_THOROUGH=1 asks for it: `.ci/run` does.

/** Whether all is asked for, however long it takes. */
export const THOROUGH: boolean = process.env.MEMHP_THOROUGH === '1'

/** All of a list, or its first `count` where time is short. */
export const sampleOf = <T>(all: readonly T[], count: number): readonly T[] =>
  THOROUGH ? all : all.slice(0, count)

/** How often a property is drawn that CI draws `count` times: an eighth of it where time is short. */
export const draws = (count: number): number => (THOROUGH ? count : Math.ceil(count / 8))
