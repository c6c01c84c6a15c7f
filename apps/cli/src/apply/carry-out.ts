import type { FileTree } from '@memhp/core'
import {
  type ExecuteOptions,
  type Execution,
  executePlan,
  type Plan,
  type RecordedRun,
  type RunAbout,
  resumeRun,
  undoRun,
} from '@memhp/planner'
import manifest from '../../package.json' with { type: 'json' }
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { utcNow } from '../text/utc'
import { openJournal, withLock } from './journals'
import type { Patience } from './patience'
import { patientRun } from './patient-run'
import type { Target } from './target'

/** What a run needs besides target and plan. */
export interface RunWish {
  readonly journal: string
  readonly patience: Patience
  readonly context: CliContext
  /** Told of what is done; the run waits for it. */
  readonly heard?: ExecuteOptions['onProgress']
}

/** Changes with each start of a kernel. Source: Documentation/admin-guide/sysctl/kernel.rst. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/** What tells this start of the machine from others; null where it does not say. */
async function bootIdOf(tree: FileTree): Promise<string | null> {
  try {
    return (await tree.read(BOOT_ID)).trim()
  } catch {
    return null
  }
}

async function aboutOf({ tree, name, spec }: Target): Promise<RunAbout> {
  return {
    tool: `memhp ${manifest.version}`,
    startedAt: utcNow(),
    machine: name,
    target: spec,
    bootId: await bootIdOf(tree),
  }
}

/**
 * Does something with a signal that is aborted at Ctrl-C, SIGTERM and SIGHUP: whoever ends memhp wants the machine as it was.
 */
async function withStop<T>(
  context: CliContext,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const onEnd = (): void => stop.abort()
  const interrupt = context.interruptSignal()
  if (interrupt.aborted) onEnd()
  interrupt.addEventListener('abort', onEnd)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, onEnd)
  try {
    return await act(stop.signal)
  } finally {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.removeListener(signal, onEnd)
  }
}

/** Where a connection or a guest was lost, the journal knows how far the run was. */
function lost(error: unknown, journal: string): unknown {
  if (!(error instanceof Error) || !('isLost' in error)) return error
  return new CliError(`${error.message}. Steps that were done stay done. Journal: ${journal}`, {
    exitCode: EXIT.noGuest,
    remedy: `memhp apply --resume ${journal}, or memhp undo ${journal}`,
  })
}

interface Running {
  readonly tree: FileTree
  readonly options: ExecuteOptions
}

/** Runs under the lock of the machine, with the journal open. */
async function run<T>(
  target: Target,
  plan: Plan,
  wish: RunWish & { readonly isNew: boolean },
  act: (running: Running) => Promise<T>,
): Promise<T> {
  const { journal, context } = wish
  const machine = { spec: target.spec, name: target.name, journal }
  return withLock(machine, context, async (add) => {
    target.onWriter(add)
    const about = await aboutOf(target)
    const release = await target.lock?.({ since: about.startedAt, journal })
    try {
      return await record(target, plan, { ...wish, about }, act)
    } catch (error) {
      throw lost(error, journal)
    } finally {
      // A connection that is lost has ended what holds it.
      await release?.().catch(() => {})
    }
  })
}

/** Runs with the journal open. */
async function record<T>(
  target: Target,
  plan: Plan,
  wish: RunWish & { readonly isNew: boolean; readonly about: RunAbout },
  act: (running: Running) => Promise<T>,
): Promise<T> {
  const { journal, context, isNew, about } = wish
  const sink = await openJournal(journal, { isNew })
  try {
    return await withStop(context, async (signal) => {
      const { tree, options } = patientRun(target, plan, { ...wish, interrupt: signal })
      return act({ tree, options: { ...options, sink, about } })
    })
  } finally {
    context.progress('')
    await sink.close()
  }
}

/** Carries a plan out, with a new journal. @throws CliError */
export const carryOut = (target: Target, plan: Plan, wish: RunWish): Promise<Execution> =>
  run(target, plan, { ...wish, isNew: true }, ({ tree, options }) =>
    executePlan(tree, plan, options),
  )

/** Goes on with a run that was cut short. @throws CliError */
export const carryOn = (target: Target, recorded: RecordedRun, wish: RunWish): Promise<Execution> =>
  run(target, recorded.plan, { ...wish, isNew: false }, ({ tree, options }) =>
    resumeRun(tree, recorded, options),
  )

/** Takes a run back. @throws CliError */
export const takeBack = (
  target: Target,
  recorded: RecordedRun,
  wish: RunWish,
): ReturnType<typeof undoRun> =>
  run(target, recorded.plan, { ...wish, isNew: false }, ({ tree, options }) =>
    undoRun(tree, recorded, options),
  )

/** A plan as a target carries it out. @throws CliError for what it does not remove, and for another size where no hypervisor is asked */
export async function preparedFor(target: Target, plan: Plan): Promise<Plan> {
  if (target.prepare !== undefined) return target.prepare(plan)
  const resize = plan.steps.find(({ kind }) => kind === 'resize')
  if (resize?.kind !== 'resize') return plan
  throw new CliError(
    `the size of ${resize.name} is its hypervisor’s to change, and none is named`,
    {
      remedy: '--qmp SOCKET or --firecracker SOCKET, beside what reaches the guest',
    },
  )
}

/** Whether a machine has not been started anew since a run, as far as is known. */
export async function isSameStart({ about }: RecordedRun, { tree }: Target): Promise<boolean> {
  const now = await bootIdOf(tree)
  return about?.bootId == null || now === null || about.bootId === now
}

/** Refuses a journal of an earlier start of the machine, whose steps that start took back. @throws CliError */
export async function checkBoot(recorded: RecordedRun, target: Target): Promise<void> {
  if (await isSameStart(recorded, target)) return
  throw new CliError(
    `${target.name} was started anew since: its memory is as its kernel and firmware bring it up`,
    { exitCode: EXIT.refused, remedy: 'memhp list; a new plan: memhp plan GOAL -o FILE' },
  )
}
