// What runs where time is short, and what only where MEMHP_THOROUGH=1 asks for it: `.ci/run` does.

/** Whether all is asked for, however long it takes. */
export const THOROUGH: boolean = process.env.MEMHP_THOROUGH === '1'

/** Of so many draws of a property all, or where time is short every fourth: those that come first. */
export const draws = (count: number): number => (THOROUGH ? count : Math.ceil(count / 4))
