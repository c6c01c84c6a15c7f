import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A process, told from a later one that has the same number. */
export interface ProcessMark {
  readonly pid: number
  /** When it started, in clock ticks since the boot; null where /proc does not say. */
  readonly start: string | null
}

/** Who works on something that one works on at a time. Plain data. */
export interface LockHolder {
  /** The process that took it. */
  readonly leader: number
  /** The processes that do, and live: the lock is held while one of them does. */
  readonly processes: readonly ProcessMark[]
  /** In UTC. */
  readonly since: string
  /** What it is about, in words. */
  readonly about: string
  /** The file that tells of the work. */
  readonly journal: string | null
}

/** A lock that is held. */
export interface Lock {
  /** Says of one more process that works under the lock. */
  add(pid: number): void
  release(): void
}

/** Place of the start time among the words behind a process's name. Source: proc_pid_stat(5). */
const START_TIME = 19

/** A process as it is now; undefined where there is none. A dead one that its parent has not looked at yet is none. */
export function markOf(pid: number): ProcessMark | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const words = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return words[0] === 'Z' || words[0] === 'X'
      ? undefined
      : { pid, start: words[START_TIME] ?? null }
  } catch {
    return undefined
  }
}

const isAlive = ({ pid, start }: ProcessMark): boolean => {
  const now = markOf(pid)
  return now !== undefined && (start === null || now.start === start)
}

/** Who holds a lock; undefined where none does who lives. */
function holderAt(path: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as LockHolder
    const alive = holder.processes.filter(isAlive)
    return alive.length === 0 ? undefined : { ...holder, processes: alive }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST'

/** Makes the file, whole or not at all. @returns false where it is there */
function place(path: string, text: string): boolean {
  // By the global crypto: an import of node:crypto would load it with this package, at every start of a program that reads a host.
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (isThere(error)) return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

const MOST_TRIES = 8

/**
 * Takes a lock for this process. One whose holders are all dead is taken over.
 * @returns the holder instead, where one lives
 * @throws errors of the file system as Node gives them
 */
export function takeLock(
  path: string,
  about: Omit<LockHolder, 'processes' | 'leader'>,
): { readonly lock: Lock } | { readonly holder: LockHolder } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const own = markOf(process.pid) ?? { pid: process.pid, start: null }
  let holder: LockHolder = { ...about, leader: own.pid, processes: [own] }
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (place(path, JSON.stringify(holder))) break
    const other = holderAt(path)
    if (other !== undefined) return { holder: other }
    // Moved away first: of two who find it stale, one does so.
    const stale = `${path}.stale.${process.pid}`
    try {
      renameSync(path, stale)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      continue
    }
    const taken = holderAt(stale)
    if (taken !== undefined) {
      // It was taken between the two looks: given back.
      linkSync(stale, path)
      rmSync(stale, { force: true })
      return { holder: taken }
    }
    rmSync(stale, { force: true })
  }
  return {
    lock: {
      add: (pid) => {
        const mark = markOf(pid)
        if (mark === undefined) return
        holder = { ...holder, processes: [...holder.processes, mark] }
        const draft = `${path}.${process.pid}`
        writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
        renameSync(draft, path)
      },
      release: () => rmSync(path, { force: true }),
    },
  }
}
