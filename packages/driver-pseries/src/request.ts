import { HotplugError, type Machine, refusalOf } from '@memhp/core'
import { logLine } from '@memhp/core/plugin'
import { acquireConnector, hintRefusal, tryReleaseConnector } from './drc'
import { addLmb, removeLmb } from './lmb'
import { allLmbs, lmbOf, lmbsFrom } from './lmb-table'
import type { Lmb } from './state'

/** A DLPAR request: what /sys/kernel/dlpar and the firmware's hotplug events ask for. */
export type DlparRequest =
  | { readonly action: 'add' | 'remove'; readonly by: 'index'; readonly drcIndex: number }
  | { readonly action: 'add' | 'remove'; readonly by: 'count'; readonly count: number }
  | {
      readonly action: 'add' | 'remove'
      readonly by: 'indexed-count'
      readonly count: number
      readonly drcIndex: number
    }

const PREFIX = 'pseries-hotplug-mem: '

const log = (machine: Machine, level: 'err' | 'info', text: string): void =>
  logLine(machine, level, `${PREFIX}${text}`)

const refused = (text: string): HotplugError => new HotplugError('REQUEST_REFUSED', 'EINVAL', text)

/**
 * Carries a DLPAR request out.
 * @throws HotplugError with the errno that the kernel answers: what offlining says for `remove index`, EPERM for a
 *   connector that is in use, else EINVAL
 * Source: dlpar_memory, arch/powerpc/platforms/pseries/hotplug-memory.c 6.1; spec 6.2.5.
 */
export function performRequest(machine: Machine, request: DlparRequest): void {
  const { action, by } = request
  if (by === 'index') {
    if (action === 'add') addByIndex(machine, request.drcIndex)
    else removeByIndex(machine, request.drcIndex)
    return
  }
  if (request.count === 0) throw refused('A count of LMBs must not be 0.')
  const lmbs = by === 'count' ? allLmbs(machine) : lmbsFrom(machine, request)
  if (action === 'add') addSeveral(machine, lmbs, { by, count: request.count })
  else removeSeveral(machine, lmbs, { by, count: request.count })
}

function addByIndex(machine: Machine, drcIndex: number): void {
  const lmb = lmbOf(machine, drcIndex)
  log(machine, 'info', `Attempting to hot-add LMB, drc index ${drcIndex.toString(16)}`)
  try {
    acquireConnector(machine, drcIndex)
    addOrRelease(machine, lmb)
  } catch (error) {
    log(machine, 'info', `Failed to hot-add memory, drc index ${drcIndex.toString(16)}`)
    throw error
  }
  log(
    machine,
    'info',
    `Memory at ${lmb.base.toString(16)} (drc index ${drcIndex.toString(16)}) was hot-added`,
  )
}

function addOrRelease(machine: Machine, lmb: Lmb): void {
  const refusal = refusalOf(() => addLmb(machine, lmb))
  if (refusal === undefined) return
  tryReleaseConnector(machine, lmb.drcIndex)
  throw refusal
}

function removeByIndex(machine: Machine, drcIndex: number): void {
  const lmb = lmbOf(machine, drcIndex)
  log(machine, 'info', `Attempting to hot-remove LMB, drc index ${drcIndex.toString(16)}`)
  removeLmb(machine, lmb)
  tryReleaseConnector(machine, drcIndex)
}

interface Several {
  readonly by: 'count' | 'indexed-count'
  readonly count: number
}

/** By count: as many as can be had, failures skipped. By indexed count: all that are not there, none may fail. */
function addSeveral(machine: Machine, lmbs: readonly Lmb[], how: Several): void {
  const missing = lmbs.filter((lmb) => !lmb.assigned)
  if (how.by === 'count' && missing.length < how.count)
    throw refused('There are not enough LMBs to add.')
  const done: Lmb[] = []
  let failed = false
  for (const lmb of missing) {
    if (how.by === 'count' && done.length === how.count) break
    const refusal = refusalOf(() => {
      acquireConnector(machine, lmb.drcIndex)
      addOrRelease(machine, lmb)
    })
    if (refusal === undefined) done.push(lmb)
    else if (how.by === 'indexed-count') {
      failed = true
      break
    }
  }
  if (!failed && (how.by === 'indexed-count' || done.length === how.count)) {
    for (const lmb of done) reportAdded(machine, lmb)
    return
  }
  const kind = how.by === 'count' ? 'hot-add' : 'indexed-count-add'
  log(machine, 'err', `Memory ${kind} failed, removing any added LMBs`)
  for (const lmb of done) undoAdd(machine, lmb)
  throw refused('Not all of the LMBs could be added; those that were are gone again.')
}

function reportAdded(machine: Machine, lmb: Lmb): void {
  const text = `Memory at ${lmb.base.toString(16)} (drc index ${lmb.drcIndex.toString(16)}) was hot-added`
  log(machine, 'info', text)
}

function undoAdd(machine: Machine, lmb: Lmb): void {
  const refusal = refusalOf(() => removeLmb(machine, lmb))
  if (refusal !== undefined) {
    log(machine, 'err', `Failed to remove LMB, drc index ${lmb.drcIndex.toString(16)}`)
    return
  }
  tryReleaseConnector(machine, lmb.drcIndex)
}

function removeSeveral(machine: Machine, lmbs: readonly Lmb[], how: Several): void {
  const assigned = lmbs.filter((lmb) => lmb.assigned)
  if (how.by === 'count' && assigned.length < how.count) {
    log(
      machine,
      'info',
      `Not enough LMBs available (${assigned.length} of ${how.count}) to satisfy request`,
    )
    throw refused('There are not enough LMBs that could go.')
  }
  const done: Lmb[] = []
  let failed = false
  for (const lmb of assigned) {
    if (how.by === 'count' && done.length === how.count) break
    if (refusalOf(() => removeLmb(machine, lmb)) === undefined) done.push(lmb)
    else if (how.by === 'indexed-count') {
      failed = true
      break
    }
  }
  if (!failed && (how.by === 'indexed-count' || done.length === how.count)) {
    for (const lmb of done) {
      tryReleaseConnector(machine, lmb.drcIndex)
      log(machine, 'info', `Memory at ${lmb.base.toString(16)} was hot-removed`)
    }
    return
  }
  undoRemove(machine, done, how)
  throw refused('Not all of the LMBs could go; those that did are back.')
}

/** Puts LMBs back. Their connectors are still held, so nothing is acquired; the platform gets a hint. */
function undoRemove(machine: Machine, done: readonly Lmb[], how: Several): void {
  const text =
    how.by === 'count'
      ? "Memory hot-remove failed, adding LMB's back"
      : 'Memory indexed-count-remove failed, adding any removed LMBs'
  log(machine, 'err', text)
  for (const lmb of done) {
    if (how.by === 'indexed-count') hintRefusal(machine, lmb.drcIndex)
    if (refusalOf(() => addLmb(machine, lmb)) !== undefined) {
      log(machine, 'err', `Failed to add LMB, drc index ${lmb.drcIndex.toString(16)}`)
    }
  }
}
