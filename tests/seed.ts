// The seed of every property test: one number, so that a run can be repeated. MEMHP_SEED gives another one; `random`
// draws a new one in each run, and what fails then prints the seed that it failed with.
import fc from 'fast-check'

/** The seed of a run that asks for none. */
const USUAL_SEED = 20261123

const asked = process.env.MEMHP_SEED ?? String(USUAL_SEED)
if (asked !== 'random') {
  const seed = Number(asked)
  if (!Number.isInteger(seed))
    throw new Error(`MEMHP_SEED is ${asked}: must be an integer, or the word random`)
  fc.configureGlobal({ seed })
}
