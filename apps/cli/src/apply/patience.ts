import { setTimeout as sleep } from 'node:timers/promises'
import { type FileTree, HotplugError, isHotplugError } from '@memhp/core'
import { deviceOfRequest, type Waiting } from '@memhp/planner'
import type { CliContext } from '../context'
import type { Target } from './target'

/** What is done about a kernel that makes no progress. */
export type WhenStuck = 'ask' | 'stop' | 'wait'

/** How long a kernel is waited for. */
export interface Patience {
  /** Milliseconds without progress until a write counts as stuck. */
  readonly idleMs: number
  readonly whenStuck: WhenStuck
  /** Milliseconds between two looks. */
  readonly pollMs: number
}

/** Signs that a kernel gets on. Source: /proc/vmstat of Linux 6.1. */
interface Signs {
  /** Pages that moved. */
  readonly moved: number
  /** Attempts to move a page that failed. */
  readonly failed: number
}

async function signsOf(tree: FileTree): Promise<Signs | undefined> {
  try {
    const text = await tree.read('/proc/vmstat')
    const counter = (name: string): number =>
      Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
    return { moved: counter('pgmigrate_success'), failed: counter('pgmigrate_fail') }
  } catch (error) {
    if (isHotplugError(error)) return undefined
    throw error
  }
}

/** Lines of a kernel's log that say why memory stays. Source: mm/memory_hotplug.c, mm/page_isolation.c, mm/debug.c, Linux 6.1. */
const TELLING = /migrating pfn|page dumped|failed to offline|failed to isolate|\boffline failed\b/i
const MOST_LINES = 3

const SECOND_MS = 1000
const seconds = (ms: number): string => `${Math.round(ms / SECOND_MS)} s`

/** What a kernel that makes no progress waits for, as far as it shows. */
async function whyStuck(target: Target, before: Signs | undefined): Promise<string> {
  const now = await signsOf(target.tree)
  const failed = (now?.failed ?? 0) - (before?.failed ?? 0)
  const own = await target.whyStuck?.().catch(() => undefined)
  const where = await target.waitsIn()
  const log = (await target.kernelLog()).filter((line) => TELLING.test(line)).slice(-MOST_LINES)
  const parts = [
    ...(own === undefined ? [] : [own]),
    ...(failed > 0
      ? [`${failed} attempts to move pages failed: they find no room, or are pinned`]
      : []),
    ...(where === undefined ? [] : [`the kernel is in ${where}`]),
    ...(log.length === 0 ? [] : [`its log ends with “${log.join(' / ')}”`]),
  ]
  return parts.length === 0 ? 'nothing shows what it waits for' : parts.join('; ')
}

/** Waits for a kernel as long as it gets on, and lets it be stopped. */
export class PatientTree {
  /** Reads as the target does; writes wait. */
  readonly tree: FileTree
  readonly #target: Target
  readonly #patience: Patience
  readonly #context: CliContext
  readonly #interrupt: AbortSignal
  #isUndoing = false
  /** Of a removal: how many blocks were left at the last look, and since when. */
  #left = Number.POSITIVE_INFINITY
  #since = 0

  constructor(
    target: Target,
    options: {
      readonly patience: Patience
      readonly context: CliContext
      readonly interrupt: AbortSignal
    },
  ) {
    this.#target = target
    this.#patience = options.patience
    this.#context = options.context
    this.#interrupt = options.interrupt
    this.tree = { ...target.tree, write: (path, text) => this.#write(path, text) }
  }

  /** From now on a Ctrl-C cuts no write short: what was done is put back. */
  undoing(): void {
    this.#isUndoing = true
  }

  /** Waits for a removal that was asked for. */
  async settle({ attempt, left, step }: Waiting): Promise<'again' | 'enough'> {
    if (attempt === 0 || left.length < this.#left) this.#since = performance.now()
    this.#left = left.length
    const refusal = this.#target.refusal?.()
    if (refusal !== undefined) {
      this.#context.warn(`memhp: ${step.name}: ${refusal}.`)
      return 'enough'
    }
    const idle = performance.now() - this.#since
    if (idle > this.#patience.idleMs) {
      const why = `${left.length} of ${step.blocks.length} blocks are still there, and what refuses a removal tells no one`
      if (!(await this.#goesOn(`${step.name} is not gone after ${seconds(idle)}: ${why}`)))
        return 'enough'
      this.#since = performance.now()
    }
    await sleep(Math.min(this.#patience.pollMs, 200))
    return 'again'
  }

  async #write(path: string, text: string): Promise<void> {
    const stop = new AbortController()
    const onInterrupt = (): void => {
      if (!this.#isUndoing) stop.abort()
    }
    this.#interrupt.addEventListener('abort', onInterrupt)
    if (this.#interrupt.aborted) onInterrupt()
    const over = new AbortController()
    let stuck: string | undefined
    const watched = this.#watch(path, over.signal, (why) => {
      stuck = why
      stop.abort()
    })
    try {
      await this.#target.tree.write(path, text, { signal: stop.signal })
    } catch (error) {
      if (stuck === undefined || !isHotplugError(error) || error.errno !== 'EINTR') throw error
      throw new HotplugError(
        'OFFLINE_STALLED',
        'EINTR',
        `${deviceOfRequest(path) ?? path}: ${stuck}`,
        {
          detail: { path },
          cause: error,
        },
      )
    } finally {
      over.abort()
      this.#interrupt.removeEventListener('abort', onInterrupt)
      await watched
    }
  }

  /** Looks at the kernel while it writes. @param stop is told why, where it is to be stopped */
  async #watch(path: string, over: AbortSignal, stop: (why: string) => void): Promise<void> {
    const { idleMs, pollMs } = this.#patience
    const begun = performance.now()
    const what = deviceOfRequest(path) ?? path
    let first: Signs | undefined
    let moved = ''
    let since = begun
    while (await pause(pollMs, over)) {
      const signs = await signsOf(this.#target.tree).catch(() => undefined)
      first ??= signs
      const now = performance.now()
      const own = this.#target.progress?.()
      const sign = `${signs?.moved} ${own}`
      if ((signs !== undefined || own !== undefined) && sign !== moved) {
        moved = sign
        since = now
      }
      if (now - since <= idleMs || this.#isUndoing) continue
      const idle = `no progress for ${seconds(now - since)}`
      const why = `${idle}: ${await whyStuck(this.#target, first)}`
      if (over.aborted) return
      if (!(await this.#goesOn(`${what} is stuck: ${why}`, over))) {
        if (!over.aborted) stop(`stopped after ${why}`)
        return
      }
      since = performance.now()
    }
  }

  /** Whether a kernel that is stuck is waited for. */
  async #goesOn(what: string, over?: AbortSignal): Promise<boolean> {
    const { whenStuck, idleMs } = this.#patience
    this.#context.warn(`memhp: ${what}.`)
    if (whenStuck === 'wait') return true
    if (whenStuck === 'stop' || this.#context.ask === undefined) return false
    const question = `Stop it, and put everything back? [y/N, again in ${seconds(idleMs)}] `
    const answer = await this.#context.ask(question, over).catch(() => 'n')
    return !/^y/i.test(answer)
  }
}

/** @returns false when it is over */
const pause = async (ms: number, over: AbortSignal): Promise<boolean> => {
  try {
    await sleep(ms, undefined, { signal: over })
    return true
  } catch {
    return false
  }
}
