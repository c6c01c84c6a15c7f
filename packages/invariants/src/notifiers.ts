import { rangesOverlap } from '@memhp/core'
import { blockRange, MIGRATE_TYPE } from '@memhp/core/inspect'
import type { Expect } from './broken-invariant'
import { type InvariantEntry, stateInvariant, stepInvariant } from './invariant-entry'
import type { Look } from './look'
import { errnoOf, type Notice, type Step } from './step'

/** Section 8.6: notifiers and rollback. */
export const NOTIFIER_INVARIANTS: readonly InvariantEntry[] = [
  stepInvariant({
    id: 'v6.1/45',
    text: 'Each MEM_GOING_ONLINE is followed by exactly one of MEM_ONLINE and MEM_CANCEL_ONLINE.',
    of: 'notices',
    look: (step, expect) => checkPairs(step, 'ONLINE', expect),
  }),
  stepInvariant({
    id: 'v6.1/46',
    text: 'Each MEM_GOING_OFFLINE is followed by exactly one of MEM_OFFLINE and MEM_CANCEL_OFFLINE; an attempt that fails at isolation is not announced.',
    of: 'notices',
    look(step, expect) {
      checkPairs(step, 'OFFLINE', expect)
      const attempt = step.attempt
      if (attempt?.to !== 'offline' || step.faulted) return
      const early = step.outcome.kind === 'refused' && EARLY_REFUSALS.has(step.outcome.code)
      if (early) expect.same('notices', { expected: [], seen: step.notices })
    },
  }),
  stepInvariant({
    id: 'v6.1/47',
    text: 'The errno that a notifier refuses with is what the write to state fails with; a bare refusal gives EPERM.',
    of: 'attempt',
    look: checkInjectedErrno,
  }),
  stateInvariant({
    id: 'v6.1/48',
    text: 'Between two operations no pageblock is isolated, and no zone counts one.',
    of: ['zones', 'sections'],
    look: checkNothingIsolated,
  }),
]

/** Codes of refusals before anybody is asked. */
const EARLY_REFUSALS: ReadonlySet<string> = new Set([
  'BLOCK_WITHOUT_ZONE',
  'BLOCK_HAS_HOLES',
  'ALREADY_ISOLATED',
])

function checkPairs(step: Step, direction: 'ONLINE' | 'OFFLINE', expect: Expect): void {
  const [going, done, cancel] = [
    `MEM_GOING_${direction}`,
    `MEM_${direction}`,
    `MEM_CANCEL_${direction}`,
  ]
  let open: Notice | undefined
  for (const notice of step.notices) {
    const place = () => `${notice.event} of pfn ${notice.startPfn}`
    if (notice.event === going) {
      expect.same(() => `${place()}, another under way`, { expected: undefined, seen: open })
      open = notice
      continue
    }
    if (notice.event !== done && notice.event !== cancel) continue
    // A hook stands for a notifier that refuses before ours is asked: cancelling is told to all the same.
    const unasked = open === undefined && notice.event === cancel && step.faulted
    if (!unasked)
      expect.same(() => `${place()}, as announced`, {
        expected: notice.startPfn,
        seen: open?.startPfn,
      })
    open = undefined
  }
  expect.same(`${going} without an end`, { expected: undefined, seen: open })
}

function checkInjectedErrno(step: Step, expect: Expect): void {
  const attempt = step.attempt
  if (attempt === undefined || step.faulted) return
  const event = attempt.to === 'online' ? 'MEM_GOING_ONLINE' : 'MEM_GOING_OFFLINE'
  const injected = step.before.injectedErrors.get(event)
  const range = blockRange(step.machine, attempt.id)
  const asked = step.notices.some(
    ({ event: told, startPfn, pageCount }) =>
      told === event && rangesOverlap(range, { start: startPfn, end: startPfn + pageCount }),
  )
  // Those of the kernel and its drivers are asked before.
  const { outcome } = step
  const isOfAnother =
    outcome.kind === 'refused' &&
    outcome.notifier !== undefined &&
    outcome.notifier !== 'memory-notifier-error-inject'
  if (injected !== undefined && asked && !isOfAnother)
    expect.same('errno', { expected: injected, seen: errnoOf(step) })
}

function checkNothingIsolated({ machine, sections }: Look, expect: Expect): void {
  for (const zone of machine.state.memory.zones.values()) {
    expect.same(() => `isolated pageblocks of ${zone.key}`, {
      expected: 0,
      seen: zone.isolatedPageblocks,
    })
    expect.same(() => `per-CPU lists of ${zone.key} disabled`, {
      expected: 0,
      seen: zone.perCpuDisabled,
    })
  }
  for (const section of sections) {
    const isolated =
      section.online &&
      (section.summary === 'isolated'
        ? section.pages === null
        : section.pageblocks?.includes(MIGRATE_TYPE.isolate) === true)
    expect.same(() => `section ${section.nr} isolated`, { expected: false, seen: isolated })
  }
}
