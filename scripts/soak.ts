// Walks on real kernels for hours, one after the other, and writes the outcome down: docs/soak.json, docs/soak.md.
//
//   pnpm soak [--steps 10000] [--walk 250] [--only x86_64] [--seed N]
//
// What is written down already is not walked again, so that it can be interrupted and go on. Where the model differs, the walk is kept
// beside it as soak-<guest>-<seed>.json.gz, a trace for `memhp replay`. Needs what `memhp verify` needs; it fetches the kernels.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type SoakedWalk, soakPage } from './soak-page'
import { ROOT, readText } from './workspace'

const FILE = 'docs/soak.json'

/** The guests that take turns, each with the flags of `memhp verify` that choose it. */
const GUESTS: Readonly<Record<string, readonly string[]>> = {
  'x86_64 6.1': ['--arch', 'x86_64', '--fetch'],
  'x86_64 7.3': ['--arch', 'x86_64', '--kernel-version', '7.3'],
  'ppc64le radix 6.1': ['--arch', 'ppc64le', '--fetch'],
  's390x 6.1': ['--arch', 's390x', '--fetch'],
  'arm64 7.3': ['--arch', 'arm64', '--kernel-version', '7.3'],
  'x86_64 7.3 virtio-mem': ['--device', 'virtio-mem', '--kernel-version', '7.3'],
  'x86_64 6.1 virtio-mem': ['--device', 'virtio-mem', '--fetch'],
  'ppc64le hash 6.1': ['--arch', 'ppc64le', '--mmu', 'hash', '--fetch'],
  'x86_64 6.12': ['--arch', 'x86_64', '--kernel-version', '6.12'],
  'ppc64le radix 7.2': ['--arch', 'ppc64le', '--kernel-version', '7.2'],
  's390x 7.2': ['--arch', 's390x', '--kernel-version', '7.2'],
  'arm64 7.3 virtio-mem': ['--arch', 'arm64', '--device', 'virtio-mem', '--kernel-version', '7.3'],
}

/** What `memhp verify --json` prints of a walk. */
interface Verified {
  readonly kernel: string
  readonly steps: { readonly taken: number; readonly agreeing: number; readonly hints: number }
  readonly time: { readonly guestMs: number }
}

const wholeNumber = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Error(`${text}: not a whole number`)
}

/** Walks once. @returns null where no walk came about: standard error says why */
async function walk(guest: string, seed: number, steps: number): Promise<SoakedWalk | null> {
  const trace = `soak-${guest.replaceAll(' ', '-')}-${seed}.json.gz`
  const flags = [
    '--seed',
    seed,
    '--steps',
    steps,
    '--shrink',
    0,
    '--record',
    trace,
    '--force',
    '--json',
  ]
  const program = ['--conditions=memhp-source', '--import', 'tsx', 'apps/cli/src/main.ts', 'verify']
  const child = spawn(
    process.execPath,
    [...program, ...(GUESTS[guest] ?? []), ...flags.map(String)],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let text = ''
  child.stdout.on('data', (piece) => {
    text += String(piece)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0 && code !== 1) return null
  const { kernel, steps: counts, time } = JSON.parse(text) as Verified
  if (code === 0) rmSync(join(ROOT, trace))
  const minutes = Math.round(time.guestMs / 6000) / 10
  return { guest, kernel, seed, ...counts, minutes }
}

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '10000' },
    walk: { type: 'string', default: '250' },
    seed: { type: 'string', default: '20261129' },
    only: { type: 'string' },
  },
})
const [wanted, length, first] = [
  wholeNumber(values.steps),
  wholeNumber(values.walk),
  wholeNumber(values.seed),
]
const guests = Object.keys(GUESTS).filter((name) => name.includes(values.only ?? ''))
if (guests.length === 0)
  throw new Error(`--only ${values.only}: of ${Object.keys(GUESTS).join(', ')}`)

const walks: SoakedWalk[] = existsSync(join(ROOT, FILE)) ? JSON.parse(readText(FILE)) : []
const taken = (): number => walks.reduce((sum, each) => sum + each.taken, 0)
for (let index = 0, failed = 0; taken() < wanted && failed < guests.length; index++) {
  const guest = guests[index % guests.length] ?? ''
  const seed = first + index
  if (walks.some((each) => each.guest === guest && each.seed === seed)) continue
  console.log(`${taken()} of ${wanted} steps; ${guest}, seed ${seed}`)
  const walked = await walk(guest, seed, length)
  failed = walked === null ? failed + 1 : 0
  if (walked === null) continue
  walks.push(walked)
  writeFileSync(join(ROOT, FILE), `${JSON.stringify(walks, null, 2)}\n`)
  writeFileSync(join(ROOT, 'docs/soak.md'), soakPage(walks))
}
