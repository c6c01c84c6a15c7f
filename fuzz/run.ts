// Tries inputs of all kinds on the command and the model: README.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { inspect, parseArgs } from 'node:util'
import { type FuzzInput, KINDS, type Kind } from './input'
import { Totals } from './totals'
import { type Finding, trySeed } from './try-seed'
import { ask, endWorkers, startWorker, type Worker } from './workers'

const EXIT = { clean: 0, found: 1, badFlag: 2, interrupted: 130 } as const

function refuse(message: string): never {
  console.error(`fuzz: ${message}`)
  process.exit(EXIT.badFlag)
}

const OPTIONS = {
  seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  runs: { type: 'string', default: '10000' },
  only: { type: 'string' },
  keep: { type: 'string' },
  report: { type: 'string' },
} as const

function readFlags() {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const values = readFlags()

function wholeNumber(flag: 'seed' | 'runs'): number {
  const number = Number(values[flag])
  if (!/^\d+$/.test(values[flag]) || number >= 2 ** 31)
    refuse(`--${flag} takes a number below 2^31`)
  return number
}

const isKind = (word: string): word is Kind => KINDS.some((kind) => kind === word)

function onlyKind(): Kind | undefined {
  const { only } = values
  if (only === undefined || isKind(only)) return only
  return refuse(`--only takes one of ${KINDS.join(', ')}`)
}

const firstSeed = wholeNumber('seed')
const runs = wholeNumber('runs')
const only = onlyKind()

/** The kind of a seed's input: all kinds in turn, so that a seed says all of an input. */
const kindOf = (seed: number): Kind => only ?? KINDS[seed % KINDS.length] ?? 'flags'

const totals = new Totals()
const known = new Map<string, number>()
let next = 0
let isStopped = false

/** Characters of a problem that are printed; --keep writes all. */
const LONGEST_PROBLEM = 1500

/** Characters of a text that are printed of it. */
const PRINTED_TEXT = 300

/** An input as it is printed: long texts are cut, and those of several lines stand in one. */
const printable = (input: FuzzInput): string =>
  JSON.stringify(input, (_, value: unknown) => {
    if (typeof value === 'bigint' || value === undefined || Number.isNaN(value))
      return inspect(value)
    const isLong = typeof value === 'string' && value.length > PRINTED_TEXT
    return isLong ? `${value.slice(0, PRINTED_TEXT)}… (${value.length} characters)` : value
  })

/** How to try one input again, and only that. */
const againText = ({ seed, kind }: Finding): string =>
  `pnpm fuzz --seed ${seed} --runs 1 --only ${kind} --keep DIR`

async function tell(finding: Finding, worker: Worker): Promise<void> {
  const { seed, kind, mode, problem, input } = finding
  console.log(`\nFOUND  seed ${seed}, ${kind}${mode === 'built' ? ', as the built command' : ''}`)
  console.log(problem.slice(0, LONGEST_PROBLEM))
  console.log(printable(input))
  console.log(`Again: ${againText(finding)}\n`)
  if (values.keep === undefined) return
  const folder = join(values.keep, `${kind}-${seed}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'finding.txt'),
    `${problem}\n\n${inspect(structuredClone(input), { depth: null, maxStringLength: null })}\n`,
  )
  await ask(worker, { input, mode, keep: resolve(folder, 'files') })
}

/** Inputs after which a log that no terminal shows gets a line. */
const INPUTS_A_LINE = 500

function showProgress(): void {
  const text = `${totals.count} of ${runs} inputs, ${known.size} findings`
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${text}`)
  else if (totals.count % INPUTS_A_LINE === 0) console.log(text)
}

/** Takes seeds until none is left. */
async function work(): Promise<void> {
  const worker = await startWorker()
  while (next < runs && !isStopped) {
    const seed = firstSeed + next++
    const kind = kindOf(seed)
    const tried = await trySeed(seed, kind, {
      worker,
      isKnown: (signature) => known.has(signature),
    })
    const { answer, finding, signature } = tried
    totals.add(kind, answer)
    if (signature !== undefined) {
      const times = known.get(signature) ?? 0
      known.set(signature, times + 1)
      if (finding !== undefined && times === 0) await tell(finding, worker)
    }
    showProgress()
  }
}

process.on('SIGINT', () => {
  if (isStopped) process.exit(EXIT.interrupted)
  isStopped = true
  console.log('\nStopping after the inputs that are being tried.')
})

console.log(`seed ${firstSeed}, ${runs} inputs${only === undefined ? '' : ` of ${only}`}`)
await Promise.all(Array.from({ length: availableParallelism() }, work))
endWorkers()
console.log(`\n${totals.text()}`)
for (const [signature, times] of known) console.log(`${times} times: ${signature.trim()}`)
console.log(`${totals.count} inputs from seed ${firstSeed}: ${known.size} findings`)
if (values.report !== undefined) {
  const counts = { passed: known.size === 0 && totals.count === runs ? 1 : 0, failed: known.size }
  writeFileSync(values.report, JSON.stringify(counts))
}
process.exit(isStopped ? EXIT.interrupted : known.size === 0 ? EXIT.clean : EXIT.found)
