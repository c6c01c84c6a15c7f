// Runs command lines of chmem, one after the other, on the machine whose files lie over those of this host. A test starts it in
// memhp exec, as one process: an argument is a list of command lines as JSON.
import { readdirSync, readFileSync, statfsSync } from 'node:fs'
import { runCommandLine } from '../src/run'

const MEMORY = '/sys/devices/system/memory'
/** FUSE. Source: statfs(2) */
const SERVED = 0x65735546

if (statfsSync(MEMORY).type !== SERVED) throw new Error('this host’s memory is not to be changed')

const states = (): string =>
  readdirSync(MEMORY)
    .filter((name) => /^memory\d+$/.test(name))
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))
    .map((name) => (readFileSync(`${MEMORY}/${name}/state`, 'utf8') === 'online\n' ? '1' : '0'))
    .join('')

const never = new AbortController()
for (const args of JSON.parse(process.argv[2] ?? '[]')) {
  const texts = { out: '', err: '' }
  const sink = (name: 'out' | 'err') => ({
    write: (text: string, done?: () => void) => {
      texts[name] += text
      done?.()
    },
  })
  const status = await runCommandLine(['chmem', ...args], {
    stdout: sink('out'),
    stderr: sink('err'),
    environment: {},
    interrupt: { signal: () => never.signal },
  })
  process.stdout.write(`${JSON.stringify({ args, status, ...texts, states: states() })}\n`)
}
