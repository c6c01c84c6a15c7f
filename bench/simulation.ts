import { simulate } from '@memhp/conformance'
import { PLUGINS } from '@memhp/platforms'
import type { Row } from './measure'
import { SEED, SIMULATED, STEPS } from './simulated'

/** Steps a processor second, with all invariants after each. @param wholeEvery when all is checked */
function stepsPerSecond(
  description: (typeof SIMULATED)[keyof typeof SIMULATED],
  run: { readonly steps: number; readonly wholeEvery: number },
): number {
  const before = process.cpuUsage()
  simulate({ ...run, seed: SEED, description, plugins: PLUGINS })
  const { user, system } = process.cpuUsage(before)
  return (run.steps * 1e6) / (user + system)
}

/**
 * Runs that are not measured. Most of what a step does is done by functions that only some steps call: the compiler, whose threads
 * count as well, takes a fifth of the time still after fifty thousand steps, and next to none after two hundred thousand.
 */
const WARM_UPS = 39

function row(name: keyof typeof SIMULATED): Row {
  // A night has millions of steps.
  const run = () => stepsPerSecond(SIMULATED[name], { steps: STEPS, wholeEvery: 1000 })
  for (let i = 0; i < WARM_UPS; i++) run()
  const fast = run()
  const whole = stepsPerSecond(SIMULATED[name], { steps: 300, wholeEvery: 1 })
  return {
    what: `simulation on ${name}: steps a processor second, all invariants after each`,
    figure: fast.toFixed(0),
    baseline: `with all of the machine checked after each: ${whole.toFixed(0)} (before: pnpm bench:before)`,
    ratio: fast / whole,
    target: '20,000',
    met: fast >= 20_000,
  }
}

/** The simulation, on a small and a large machine. */
export const simulationRows = (): Row[] => [row('4 GiB'), row('64 GiB')]
