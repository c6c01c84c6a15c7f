// What runs where time is short, and what only where MEMHP_THOROUGH=1 asks for it: `.ci/run` does.

/** Whether all is asked for, however long it takes. */
export const THOROUGH: boolean = process.env.MEMHP_THOROUGH === '1'

/** How often a property is drawn that CI draws `count` times: a quarter of it where time is short. */
export const draws = (count: number): number => (THOROUGH ? count : Math.ceil(count / 4))
