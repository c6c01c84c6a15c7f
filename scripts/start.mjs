// `npm start`: installs, builds the command and rehearses a removal on a captured host's twin.
import { spawnSync } from 'node:child_process'
import { bootstrap, ENVIRONMENT, ROOT, step, turboBuild } from './bootstrap.mjs'

/** What is shown when nothing else is asked for. `npm start -- …` gives other arguments. */
const REHEARSAL = ['rehearse', 'captures/x86_64-three-nodes.json.gz', '--remove', 'PNP0C80:00']

const asked = process.argv.slice(2)

await bootstrap()
const built = await step('build', ...turboBuild('--filter=memhp'))
if (!built) process.exit(1)

const args = asked.length > 0 ? asked : REHEARSAL
console.log(`\n$ npx memhp ${args.join(' ')}\n`)
const { status } = spawnSync(process.execPath, ['apps/cli/bin/memhp.cjs', ...args], {
  cwd: ROOT,
  env: ENVIRONMENT,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
