// Carries out inputs that the parent sends, one after the other, and answers what each came to.
import { readFileSync, writeFileSync } from 'node:fs'
import { carryOutCommands, type RunMode } from './carry-out/commands'
import { carryOutMachine } from './carry-out/machine'
import type { Verdict } from './carry-out/verdict'
import type { FuzzInput } from './input'

/** What a worker is told. */
export interface Task {
  readonly input: FuzzInput
  readonly mode: RunMode
  /** Folder that the files of the input are left in. */
  readonly keep?: string
}

/** What it answers. */
export interface Answer extends Verdict {
  /** Time of the processor, in ms. */
  readonly cpuMs: number
  /** Most memory that the process had at once, in MiB. */
  readonly peakMib: number
}

const MICROSECONDS = 1000
const KIB_PER_MIB = 1024

/** Forgets the most memory so far, where the kernel can. Source: proc_pid_clear_refs(5). */
function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // The peak is then that of all inputs so far: at least as much.
  }
}

function peakMib(): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return Number(kib) / KIB_PER_MIB
  } catch {
    return process.resourceUsage().maxRSS / KIB_PER_MIB
  }
}

async function verdictOf({ input, mode, keep }: Task): Promise<Verdict> {
  if ('base' in input) return carryOutMachine(input)
  return carryOutCommands(input, keep === undefined ? { mode } : { mode, keep })
}

/** What is thrown where no one waits for it. */
let stray: unknown
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    stray ??= error
  })
}

async function answer(task: Task): Promise<Answer> {
  stray = undefined
  forgetPeak()
  const start = process.cpuUsage()
  const verdict = await verdictOf(task)
  // What an input left behind shows before the next one begins.
  await new Promise((resolve) => setImmediate(resolve))
  const { user, system } = process.cpuUsage(start)
  const usage = { cpuMs: (user + system) / MICROSECONDS, peakMib: peakMib() }
  if (stray === undefined || verdict.problem !== undefined) return { ...verdict, ...usage }
  const words = stray instanceof Error ? stray.stack : String(stray)
  return { ...verdict, ...usage, problem: `not handled: ${words}` }
}

process.on('message', (task: Task) => {
  void answer(task).then((answered) => process.send?.(answered))
})
process.send?.({ codes: [], cpuMs: 0, peakMib: 0 } satisfies Answer)
