// Simulates as a process by itself, with the sources as the bundle has them, and prints as JSON which of the ways to check
// notices that something is wrong.
import { SimulationFailure, simulate } from '../packages/conformance/src/index'
import { BrokenInvariant } from '../packages/invariants/src/index'
import { PLUGINS } from '../packages/platforms/src/index'
import { type Notice, SEEDS, STEPS, type Verdict, WAYS, type Way } from './verdict'

/** After how many steps all of the machine is checked. */
const WHOLE_EVERY: Readonly<Record<Way, number>> = { whole: 1, written: STEPS + 1 }

/** What a run of a seed comes to; null where nothing is noticed. */
function noticeOf(seed: number, way: Way): Notice | null {
  try {
    const wholeEvery = WHOLE_EVERY[way]
    simulate({ seed, steps: STEPS, arch: 'x86_64', plugins: PLUGINS, wholeEvery })
    return null
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
    const { cause, steps } = error
    const by = cause instanceof BrokenInvariant ? cause.id : 'model'
    return { seed, step: steps.length, by }
  }
}

/** Seeds are run until the first that shows it. */
function firstNotice(way: Way): Notice | null {
  for (const seed of SEEDS) {
    const found = noticeOf(seed, way)
    if (found !== null) return found
  }
  return null
}

const [whole, written] = WAYS.map(firstNotice)
console.log(JSON.stringify({ whole: whole ?? null, written: written ?? null } satisfies Verdict))
