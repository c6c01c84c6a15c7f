// Steps a processor second of a build, with all invariants after each:
//
//   node --import tsx bench/steps-of.ts ROOT '64 GiB' RUNS
//
// Prints a number for each run of the same steps.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SEED, SIMULATED, STEPS } from './simulated'

/** What a build has that is needed here; what it took and gave was another at each time. */
interface Build {
  readonly simulate: (options: object) => unknown
  readonly x86_64: object
  readonly acpiDriver: object
}

const [root = '', name = '', runs = ''] = process.argv.slice(2)

const load = (built: string): Promise<Build> =>
  import(pathToFileURL(join(root, 'packages', built, 'dist/index.js')).href)

const { simulate } = await load('conformance')
const { x86_64 } = await load('arch-x86')
const { acpiDriver } = await load('driver-acpi')
const description = SIMULATED[name as keyof typeof SIMULATED]
const plugins = { archs: [x86_64], drivers: [acpiDriver] }

for (let run = 0; run < Number(runs); run++) {
  const before = process.cpuUsage()
  simulate({ seed: SEED, steps: STEPS, description, plugins })
  const { user, system } = process.cpuUsage(before)
  console.log((STEPS * 1e6) / (user + system))
}
