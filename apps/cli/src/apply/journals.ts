import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isHotplugError } from '@memhp/core'
import { type LockHolder, openLineFile, readRegularFile, takeLock } from '@memhp/host'
import { type PastFailure, parseJournal, type RecordedRun } from '@memhp/planner'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { inFile, NAME_ANOTHER, withFile } from '../file-problem'
import { utcNow } from '../text/utc'
import type { TargetSpec } from './target'
import { isTargetSpec } from './target-shape'

/** Most bytes of a journal. */
const LARGEST_JOURNAL = 2 ** 28

/** A run, and the file that tells of it. */
export interface FoundJournal {
  readonly path: string
  readonly recorded: RecordedRun
}

/** Where journals and locks are. */
function stateFolder({ environment }: Pick<CliContext, 'environment'>): string {
  const { MEMHP_STATE_DIR: own, XDG_STATE_HOME: state } = environment
  if (own !== undefined) return own
  if (process.getuid?.() === 0) return '/var/lib/memhp'
  return join(state ?? join(homedir(), '.local/state'), 'memhp')
}

const journalFolder = (context: CliContext): string => join(stateFolder(context), 'journals')

/** A name for a journal that is not there yet. Names are in the order of time: several may begin in one second. */
export async function newJournal(context: CliContext): Promise<string> {
  const folder = journalFolder(context)
  await withFile(folder, async () => mkdir(folder, { recursive: true, mode: 0o700 }))
  const time = new Date().toISOString().replace(/[-:]/g, '')
  return join(folder, `${time}-${randomBytes(3).toString('hex')}.jsonl`)
}

/** @throws CliError where the file system refuses */
export const openJournal = (
  path: string,
  options: { readonly isNew: boolean },
): ReturnType<typeof openLineFile> =>
  withFile(path, async () => openLineFile(path, options), { EEXIST: NAME_ANOTHER })

/** @throws HotplugError BAD_ARGUMENT for a file that is damaged; CliError where the file system refuses */
export async function readJournal(path: string): Promise<FoundJournal> {
  const options = { path, encoding: 'utf8', largestBytes: LARGEST_JOURNAL } as const
  const recorded = await inFile(path, async () =>
    withFile(path, async () => parseJournal(readRegularFile(path, options))),
  )
  return { path, recorded }
}

/**
 * What a run tells of its machine: how that is reached, and when the run began.
 * @throws CliError for a journal that does not say it
 */
export function machineOf({ path, recorded }: FoundJournal): {
  readonly spec: TargetSpec
  readonly startedAt: string
} {
  const spec = targetOf(recorded)
  if (recorded.about === null || spec === undefined)
    throw new CliError(`${path} does not say which machine it is of`)
  return { spec, startedAt: recorded.about.startedAt }
}

function targetOf({ about }: RecordedRun): TargetSpec | undefined {
  const target = about?.target
  return isTargetSpec(target) ? target : undefined
}

/** Two targets are one machine where they are reached in the same way. */
const keyOf = (spec: TargetSpec): string => JSON.stringify(spec)

/** The last journal of a machine that is wanted; undefined where there is none. What is damaged is passed over. */
export async function findJournal(
  spec: TargetSpec,
  isWanted: (recorded: RecordedRun) => boolean,
  context: CliContext,
): Promise<FoundJournal | undefined> {
  const folder = journalFolder(context)
  const names = await readdir(folder).catch(() => [])
  for (const name of names
    .filter((each) => each.endsWith('.jsonl'))
    .sort()
    .reverse()) {
    try {
      const found = await readJournal(join(folder, name))
      const target = targetOf(found.recorded)
      if (target === undefined || keyOf(target) !== keyOf(spec)) continue
      if (isWanted(found.recorded)) return found
    } catch (error) {
      if (!isHotplugError(error)) throw error
    }
  }
  return undefined
}

/** Most journals that are looked through for failures, the newest. */
const MOST_JOURNALS = 500

/** What became of a step that failed, in words; undefined for one that did not. */
function failureText({ result }: RecordedRun['journal'][number]): string | undefined {
  if (result.kind === 'refused') return `refused with ${result.errno}: ${result.message}`
  if (result.kind !== 'inconsistent') return undefined
  return result.found.map(({ message }) => message).join(' ')
}

/** Blocks of a machine that did not go in runs that its journals tell of, in the order of time. What is damaged is passed over. */
export async function pastFailures(
  spec: TargetSpec,
  context: CliContext,
): Promise<readonly PastFailure[]> {
  const folder = journalFolder(context)
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl'))
  const failures: PastFailure[] = []
  for (const name of names.sort().slice(-MOST_JOURNALS)) {
    const from = join(folder, name)
    const found = await readJournal(from).catch((error: unknown) => {
      if (isHotplugError(error) || error instanceof CliError) return undefined
      throw error
    })
    const target = found === undefined ? undefined : targetOf(found.recorded)
    if (found === undefined || target === undefined || keyOf(target) !== keyOf(spec)) continue
    const { about, journal } = found.recorded
    for (const entry of journal) {
      const how = failureText(entry)
      if (how === undefined || entry.step.kind !== 'offline' || about === null) continue
      failures.push({ block: entry.step.block, at: about.startedAt, how, from })
    }
  }
  return failures
}

const isLed = ({ leader, processes }: LockHolder): boolean =>
  processes.some(({ pid }) => pid === leader)

function heldBy(holder: LockHolder): CliError {
  const { processes, since, about, journal } = holder
  const pids = processes.map(({ pid }) => pid).join(' and ')
  const told = journal === null ? '' : `; its journal is ${journal}`
  const remedy = isLed(holder)
    ? 'wait until it ends; Ctrl-C there puts everything back'
    : `wait until the write ends that a memhp left which was killed, or end it: kill -9 ${pids}`
  return new CliError(
    `${about} is being changed already: by process ${pids}, since ${since}${told}`,
    { exitCode: EXIT.refused, remedy },
  )
}

const LOOK_MS = 100
const MOST_LOOKS = 20

/** Takes the lock. Where the memhp that had it was killed, what wrote for it has a moment to end. */
async function lockAt(
  path: string,
  about: Parameters<typeof takeLock>[1],
): Promise<ReturnType<typeof takeLock>> {
  for (let looks = 0; ; looks++) {
    const taken = takeLock(path, about)
    if ('lock' in taken || isLed(taken.holder) || looks >= MOST_LOOKS) return taken
    await sleep(LOOK_MS)
  }
}

/**
 * Does something to a machine while no other memhp does.
 * @param use is told how to name further processes that work on it
 * @throws CliError where another holds it
 */
export async function withLock<T>(
  machine: { readonly spec: TargetSpec; readonly name: string; readonly journal: string },
  context: CliContext,
  use: (add: (pid: number) => void) => Promise<T>,
): Promise<T> {
  const name = createHash('sha256').update(keyOf(machine.spec)).digest('hex').slice(0, 16)
  const path = join(stateFolder(context), 'locks', name)
  const taken = await withFile(path, async () =>
    lockAt(path, { since: utcNow(), about: machine.name, journal: machine.journal }),
  )
  if ('holder' in taken) throw heldBy(taken.holder)
  try {
    return await use((pid) => taken.lock.add(pid))
  } finally {
    taken.lock.release()
  }
}
