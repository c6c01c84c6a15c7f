import type { Errno } from '@memhp/core'
import { blockRange, poisonedPages } from '@memhp/core/inspect'
import type { Expect } from './broken-invariant'
import { expectUnchanged } from './changes'
import { type InvariantEntry, stepInvariant } from './invariant-entry'
import type { DeviceView } from './observation'
import type { BlockView } from './seen-blocks'
import { errnoOf, type Step } from './step'

/** Section 8.8: ejection of ACPI memory devices. */
export const EJECTION_INVARIANTS: readonly InvariantEntry[] = [
  stepInvariant({
    id: 'v6.1/56',
    text: 'eject takes a text that begins with 1, ENODEV where no memory is attached; the write says nothing of the outcome.',
    of: 'ejection',
    look: checkEjectWrite,
  }),
  stepInvariant({
    id: 'v6.1/57',
    text: 'After an ejection either all blocks of the device are gone and its status reads 0, or all blocks are there.',
    when: ({ generation }) => generation.rules.eject.unit === 'device',
    of: 'ejection',
    look(step, expect) {
      const ejection = ejectionOf(step)
      if (ejection === undefined) return
      const left = ejection.blocks.filter(({ id }) => step.after.blocks.get(id) !== undefined)
      const place = `blocks of ${ejection.device.name}`
      expect.holds(left.length === 0 || left.length === ejection.blocks.length, {
        place,
        expected: 'all or none',
        seen: left.map(({ id }) => id),
      })
      if (left.length > 0 || !ejection.ej0Works) return
      const seen = step.after.acpiStatus.get(ejection.device.name)
      expect.same(`${ejection.device.name}/status`, { expected: '0', seen })
    },
  }),
  stepInvariant({
    id: 'v6.1/58',
    text: 'A failed ejection leaves each block in the state it had, names an online block in the log, and reports a busy device.',
    when: ({ generation }) => generation.rules.eject.reonlines === 'yes',
    of: 'ejection',
    look: checkFailedEjection,
  }),
  stepInvariant({
    id: 'v6.1/59',
    text: 'A failed ejection brings as many blocks online as it took offline.',
    when: ({ generation }) => generation.rules.eject.reonlines === 'yes',
    of: 'ejection',
    look(step, expect) {
      const ejection = failedEjection(step)
      if (ejection === undefined) return
      const blocks = returningBlocks(step, ejection)
      const paths = new Set(blocks.map(({ id }) => `/devices/system/memory/memory${id}`))
      const count = (wanted: string): number =>
        step.uevents.filter(({ action, devpath }) => action === wanted && paths.has(devpath)).length
      expect.same('online uevents', { expected: count('offline'), seen: count('online') })
    },
  }),
  stepInvariant({
    id: 'v6.1/60',
    text: 'An ejection of a device whose blocks are all offline does not fail for a block.',
    of: 'ejection',
    look(step, expect) {
      const ejection = ejectionOf(step)
      if (ejection === undefined || ejection.blocks.some(({ state }) => state === 'online')) return
      expect.same('blocks that failed', { expected: [], seen: offlineFailed(step) })
    },
  }),
  stepInvariant({
    id: 'v6.1/61',
    text: 'With hot-plug of memory switched off, eject gives ENODEV, and a request by firmware is answered as not supported; nothing changes.',
    when: ({ generation }) => generation.rules.device.failureStatus === 'by-errno',
    of: 'ejection',
    look: checkSwitchedOff,
  }),
  stepInvariant({
    id: 'v6.1/62',
    text: 'An ejection tries blocks in ascending order, and once more in ascending order those that failed.',
    when: ({ generation }) => generation.rules.eject.unit === 'device',
    of: 'ejection',
    look: checkOrder,
  }),
]

const EJECT_FILE = /\/(PNP0C80:[0-9a-f]+)\/eject$/

/** What _OST reported, and the code of a request's source. Source: ACPI 6.4, 6.3.5. */
const OST = { ejectRequest: 3, osEject: 0x103, notSupported: 0x80, busy: 0x82, inProgress: 0x84 }

interface Ejection {
  readonly device: DeviceView
  readonly source: number
  /** The device's blocks before the attempt, ascending. */
  readonly blocks: readonly BlockView[]
  /** Whether _EJ0 took the device away, as far as the log tells. */
  readonly ej0Works: boolean
}

/** The device that a step asks to eject, and by which source; undefined for other steps and for refused writes. */
function requestOf(step: Step): { readonly name: string; readonly source: number } | undefined {
  const { operation, outcome, asksFor } = step
  if (outcome.kind !== 'done') return undefined
  if (asksFor !== null) {
    return { name: asksFor, source: OST.ejectRequest }
  }
  if (operation.op !== 'write') return undefined
  const name = EJECT_FILE.exec(operation.path)?.[1]
  return name === undefined || operation.value === '' ? undefined : { name, source: OST.osEject }
}

/** What was found in steps: several invariants ask for it. */
const EJECTIONS = new WeakMap<Step, Ejection | 'none'>()

/** An attempt to eject attached memory, with hot-plug switched on. */
function ejectionOf(step: Step): Ejection | undefined {
  const known = EJECTIONS.get(step) ?? findEjection(step) ?? 'none'
  EJECTIONS.set(step, known)
  return known === 'none' ? undefined : known
}

function findEjection(step: Step): Ejection | undefined {
  const request = requestOf(step)
  const device = request && step.before.devices.get(request.name)
  if (request === undefined || device === undefined || step.before.acpiHotplug !== '1')
    return undefined
  const suffix = `/${request.name}`
  const blocks = step.before.blocks
    .separated()
    .filter((block) => block.firmwareNode?.endsWith(suffix))
    .sort((a, b) => a.id - b.id)
  const broken = /_EJ0|Eject failed|Eject incomplete|would stop here/
  const isTold = step.machine.subsystems.kernelLog !== undefined
  const ej0Works = isTold && !step.log.some(({ text }) => broken.test(text))
  return { device, source: request.source, blocks, ej0Works }
}

/** An ejection that left the device's blocks, where nothing keeps blocks from coming online again. */
function failedEjection(step: Step): Ejection | undefined {
  const ejection = ejectionOf(step)
  const [first] = ejection?.blocks ?? []
  if (ejection === undefined || first === undefined || step.faulted) return undefined
  if (step.after.blocks.get(first.id) === undefined || !ejection.ej0Works) return undefined
  return step.before.injectedErrors.has('MEM_GOING_ONLINE') ? undefined : ejection
}

/** The blocks of a failed ejection that may come online again: some kernels refuse those with poisoned pages. */
function returningBlocks({ machine }: Step, { blocks }: Ejection): readonly BlockView[] {
  if (machine.generation.rules.online.poisoned !== 'refused') return blocks
  return blocks.filter(({ id }) => poisonedPages(machine, blockRange(machine, id)).length === 0)
}

function checkEjectWrite(step: Step, expect: Expect): void {
  const { operation, before } = step
  if (operation.op !== 'write' || operation.value === '') return
  const name = EJECT_FILE.exec(operation.path)?.[1]
  if (name === undefined) return
  const isAttached = before.acpiHotplug === '1' && before.devices.has(name)
  const expected = before.acpiStatus.has(name) ? ejectErrno(operation.value, isAttached) : 'ENOENT'
  expect.same('errno', { expected, seen: errnoOf(step) })
}

/** What a write to `eject` of a device that is there comes to. */
function ejectErrno(text: string, attached: boolean): Errno | null {
  if (!text.startsWith('1')) return 'EINVAL'
  return attached ? null : 'ENODEV'
}

const offlineFailed = (step: Step): readonly number[] =>
  step.log.flatMap(({ text }) => {
    const digits = /^memory memory(\d+): Offline failed\.$/.exec(text)?.[1]
    return digits === undefined ? [] : [Number(digits)]
  })

const reports = (step: Step): readonly { readonly source: number; readonly status: number }[] =>
  step.platform
    .filter(({ event }) => event === 'ACPI_DEVICE_OST')
    .map(({ data }) => data.info as { readonly source: number; readonly status: number })
    .map(({ source, status }) => ({ source, status }))

function checkFailedEjection(step: Step, expect: Expect): void {
  const ejection = failedEjection(step)
  if (ejection === undefined) return
  for (const { id, state } of returningBlocks(step, ejection)) {
    expect.same(`memory${id}/state`, { expected: state, seen: step.after.blocks.get(id)?.state })
  }
  const named = offlineFailed(step)
  const online = ejection.blocks
    .filter(({ state }) => state === 'online')
    .map(({ id }) => id as number)
  expect.holds(named.length > 0 && named.every((id) => online.includes(id)), {
    place: 'Offline failed.',
    expected: `one of the online blocks ${online.join()}`,
    seen: named,
  })
  expect.same('_OST', {
    expected: [
      { source: OST.ejectRequest, status: OST.inProgress },
      { source: ejection.source, status: OST.busy },
    ],
    seen: reports(step),
  })
}

function checkSwitchedOff(step: Step, expect: Expect): void {
  const { operation, before, asksFor } = step
  if (before.acpiHotplug !== '0') return
  const isEject = operation.op === 'write' && EJECT_FILE.test(operation.path)
  const attached = asksFor !== null && before.devices.has(asksFor)
  if (!isEject && !attached) return
  expectUnchanged(step, expect)
  const request = requestOf(step)
  if (request === undefined) return
  const expected = [{ source: request.source, status: OST.notSupported }]
  expect.same('_OST', { expected, seen: reports(step) })
}

/** The blocks whose offlining the notifiers were asked about: at most two ascending passes. */
function checkOrder(step: Step, expect: Expect): void {
  const ejection = ejectionOf(step)
  if (ejection === undefined) return
  const { pagesPerBlock } = step.machine.geometry
  const tried: number[] = []
  const failed = new Set<number>()
  for (const { event, startPfn } of step.notices) {
    const id = Math.floor(startPfn / pagesPerBlock)
    if (event === 'MEM_GOING_OFFLINE') tried.push(id)
    if (event === 'MEM_CANCEL_OFFLINE') failed.add(id)
  }
  const turn = tried.findIndex((id, i) => id <= (tried[i - 1] ?? -1))
  const second = turn === -1 ? [] : tried.slice(turn)
  const isAscending = second.every((id, i) => i === 0 || id > (second[i - 1] ?? -1))
  expect.same('second pass ascending', { expected: true, seen: isAscending })
  const once = new Set(tried.slice(0, tried.length - second.length))
  for (const id of second) {
    const mayBeTried = failed.has(id) || !once.has(id)
    expect.same(`memory${id} tried again though it had gone`, { expected: true, seen: mayBeTried })
  }
}
