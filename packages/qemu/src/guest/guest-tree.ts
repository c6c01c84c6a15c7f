import { setTimeout as sleep } from 'node:timers/promises'
import type { FileTree, TreeChange, TreeEntry } from '@memhp/core'
import { isBinaryFile } from '@memhp/kernel-files'
import type { AgentAnswer, AgentLane } from '../agent/lane'
import { quoteText, quoteWord } from '../agent/shell-words'
import type { UeventStream } from '../agent/uevent-stream'
import { complaintAbout, type PathFacts, readStats, splitHeads } from './answers'
import { Batch } from './batch'
import { refusal, refusalOf } from './tree-error'

export interface GuestWriteOptions {
  /**
   * Kills what writes in the guest: the kernel gives up an offlining under way, and the write fails with EINTR.
   * One that has not begun is rejected with the signal's reason.
   */
  readonly signal?: AbortSignal
}

/** The file tree of a guest. What is asked at the same time goes to the guest together. */
export interface GuestTree extends FileTree {
  read(path: string): Promise<string>
  write(path: string, text: string, options?: GuestWriteOptions): Promise<void>
  list(path: string): Promise<readonly string[]>
  readlink(path: string): Promise<string>
  lookup(path: string): Promise<TreeEntry | undefined>
  watch(listener: (change: TreeChange) => void): () => void
}

/** The ways to the agent. */
export interface GuestLanes {
  /** For what may take long: writes. */
  readonly work: AgentLane
  /** For what is answered at once: reads, which never wait behind a write. */
  readonly query: AgentLane
  readonly uevents: UeventStream
}

const MOST_BYTES = 2 ** 24

const KILL_AGAIN_MS = 50

/** One open and one write(2) of the text, in a separate process. */
export async function writeInGuest(
  { work, query }: GuestLanes,
  { path, text }: { readonly path: string; readonly text: string },
  { signal }: GuestWriteOptions = {},
): Promise<AgentAnswer> {
  signal?.throwIfAborted()
  const script = `put ${quoteWord(path)} ${quoteText(text)}`
  let isDone = false
  // The process to kill may be about to start: asked for until the answer is there.
  const kill = async (): Promise<void> => {
    if (work.withdraw(script, signal?.reason as Error)) return
    while (!isDone) {
      await query.request('unput')
      await sleep(KILL_AGAIN_MS)
    }
  }
  const onAbort = (): void => void kill().catch(() => {})
  signal?.addEventListener('abort', onAbort)
  try {
    return await work.request(script)
  } finally {
    isDone = true
    signal?.removeEventListener('abort', onAbort)
  }
}

async function readAll(
  query: Pick<AgentLane, 'request'>,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string | Error>> {
  const single = async (path: string): Promise<string | Error> => {
    const answer = await query.request(`cat ${quoteWord(path)}`)
    const encoding = isBinaryFile(path) ? 'latin1' : 'utf8'
    return answer.status === 0 ? answer.stdout.toString(encoding) : refusalOf('read', path, answer)
  }
  const texts = new Map<string, string | Error>()
  const together = paths.filter((path) => !isBinaryFile(path))
  if (together.length > 1) {
    const words = together.map(quoteWord).join(' ')
    const { stdout } = await query.request(`head -v -c ${MOST_BYTES} ${words}`)
    for (const [path, text] of splitHeads(stdout, together)) texts.set(path, text)
  }
  // head does not tell an empty file from one that cannot be read.
  for (const path of paths) {
    const text = texts.get(path)
    if (text === undefined || text === '') texts.set(path, await single(path))
  }
  return texts
}

async function statAll(
  query: Pick<AgentLane, 'request'>,
  paths: readonly string[],
): Promise<ReadonlyMap<string, PathFacts | Error>> {
  const answer = await query.request(`stat -c '%f %N' ${paths.map(quoteWord).join(' ')}`)
  const facts = readStats(answer.stdout.toString(), paths)
  return new Map(
    paths.map((path) => {
      const stderr = complaintAbout(answer.stderr, path) ?? answer.stderr
      return [path, facts.get(path) ?? refusalOf('lookup', path, { ...answer, stderr })]
    }),
  )
}

/** What of a file tree is only read, by requests to a shell. */
export function readTree(query: Pick<AgentLane, 'request'>) {
  const reads = new Batch<string>((paths) => readAll(query, paths))
  const stats = new Batch<PathFacts>((paths) => statAll(query, paths))
  return {
    // A path that cannot be a word is refused by itself, not with those that were asked for at the same time.
    read: async (path: string): Promise<string> => reads.ask(checked(path)),
    async list(path: string): Promise<readonly string[]> {
      const answer = await query.request(`ls -1A ${quoteWord(`${path.replace(/\/+$/, '')}/`)}`)
      if (answer.status !== 0) throw refusalOf('list', path, answer)
      return answer.stdout.toString().split('\n').filter(Boolean).sort()
    },
    async readlink(path: string): Promise<string> {
      const { target } = await stats.ask(checked(path))
      if (target === undefined) throw refusal('readlink', path, 'EINVAL')
      return target
    },
    async lookup(path: string): Promise<TreeEntry | undefined> {
      try {
        const { kind, mode } = await stats.ask(checked(path))
        return { kind, mode }
      } catch (error) {
        if (isAbsence(error)) return undefined
        throw error
      }
    },
  }
}

/** The file tree of a guest. */
export function guestTree(lanes: GuestLanes): GuestTree {
  const { query, uevents } = lanes
  return {
    ...readTree(query),
    async write(path, text, options) {
      const answer = await writeInGuest(lanes, { path, text }, options)
      if (answer.status !== 0) throw refusalOf('write', path, answer)
    },
    watch: (listener) =>
      uevents.onUevent(({ action, devpath }) => listener({ action, path: `/sys${devpath}` })),
  }
}

function checked(path: string): string {
  quoteWord(path)
  return path
}

const isAbsence = (error: unknown): boolean =>
  error instanceof Error &&
  'errno' in error &&
  (error.errno === 'ENOENT' || error.errno === 'ENOTDIR')
