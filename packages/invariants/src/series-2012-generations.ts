import type { Machine } from '@memhp/core'
import { parseIomem, systemRamRanges } from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
import {
  coveredByTest,
  type InvariantEntry,
  stateInvariant,
  stepInvariant,
} from './invariant-entry'
import type { Look } from './look'
import { blocksOfBytes, type Step } from './step'

/** Memory devices of ACPI are bound by a driver: POWER guests have none. */
const isBoundByDriver = ({ generation, drivers }: Machine): boolean =>
  generation.rules.device.boundBy === 'driver' && drivers.some(({ name }) => name === 'acpi')

/** Invariants of the series of 2012 that kernels have only by its rules, or by those of the kernels that took it in. */
export const GENERATIONS_2012_INVARIANTS: readonly InvariantEntry[] = [
  coveredByTest({
    id: '2012/I-01.3',
    text: 'With the first patch alone, an eject fails with EINVAL and takes nothing offline.',
  }),
  coveredByTest({
    id: '2012/I-04.4',
    text: 'After a failure, ranges not reached yet stay enabled and the device powered on.',
  }),
  coveredByTest({
    id: '2012/I-04.5',
    text: 'A failing _EJ0 makes the device invalid although its memory is gone.',
  }),
  coveredByTest({ id: '2012/I-04.6', text: 'Unbinding the driver removes no memory.' }),
  stepInvariant({
    id: '2012/I-05.1',
    text: 'Bringing a range with an absent section online gives EINVAL and calls no notifier.',
    when: ({ generation }) => generation.rules.online.presence === 'checked',
    of: 'attempt',
    look: checkAbsentOnline,
  }),
  coveredByTest({
    id: '2012/I-05.2',
    text: 'Whether a block may come online depends on its sections alone, and not on those of others.',
  }),
  coveredByTest({
    id: '2012/I-06.1',
    text: 'The bus never hears that a driver could not remove its memory, and goes on to _EJ0.',
  }),
  stepInvariant({
    id: '2012/I-07.1',
    text: 'Where firmware asks, the ACPI device is gone exactly where the platform has its memory back.',
    when: isBoundByDriver,
    look: checkDevicesGone,
  }),
  coveredByTest({
    id: '2012/I-07.2',
    text: 'After an ejection the driver has no device any more, and a second one finds none.',
  }),
  stepInvariant({
    id: '2012/I-07.3',
    text: 'The ACPI device stays where disabling it failed, of which firmware is told.',
    when: isBoundByDriver,
    of: 'platform',
    look: checkDevicesKept,
  }),
  stepInvariant({
    id: '2012/I-09.2',
    text: 'Removing a part of a resource leaves its line and warns (later kernels trim or split it).',
    when: ({ generation }) => generation.rules.remove.partOfResource === 'stays',
    of: 'removal',
    look: checkPartOfLine,
  }),
  coveredByTest({
    id: '2012/I-09.3',
    text: 'Removing an LMB removes its sections one by one (6.1: the whole LMB at once).',
  }),
  stepInvariant({
    id: '2012/I-09.4',
    text: 'The resource is released even if a later section fails.',
    when: ({ generation }) => generation.rules.remove.resource === 'before',
    of: 'removal',
    look: checkLineOfEndedRemoval,
  }),
  stepInvariant({
    id: '2012/I-11.2',
    text: 'Sections go in ascending order, as far as the first that is absent.',
    when: ({ generation }) => generation.rules.remove.absentSection === 'ends',
    of: 'removal',
    look: checkEndedRemoval,
  }),
  coveredByTest({
    id: '2012/I-20.2',
    text: 'The counter of poisoned pages falls by the marks that onlining clears.',
  }),
  stateInvariant({
    id: '2012/I-21.1',
    text: 'No section that is offline has a cgroup table: a failed online leaves none.',
    of: ['sections'],
    look: checkCgroupTables,
  }),
  coveredByTest({
    id: '2012/I-21.2',
    text: 'Cancelling after the cgroup notifier itself refused does no harm.',
  }),
  coveredByTest({
    id: '2012/I-21.3',
    text: 'The cgroup notifier hears of the cancelling also where it was never asked.',
  }),
  coveredByTest({
    id: '2012/S-2',
    text: 'An attempt to remove leaves sections, blocks and mapping as they are.',
  }),
  coveredByTest({ id: '2012/S-3', text: 'The removal of 2012 reports success all the same.' }),
]

const wasAbsent = ({ outcome }: Step): boolean =>
  outcome.kind === 'refused' && outcome.code === 'SECTION_ABSENT'

function checkAbsentOnline(step: Step, expect: Expect): void {
  if (step.attempt?.to !== 'online' || !wasAbsent(step)) return
  const { outcome, notices } = step
  expect.same('errno', {
    expected: 'EINVAL',
    seen: outcome.kind === 'refused' ? outcome.errno : null,
  })
  expect.same('notices', { expected: [], seen: notices })
}

const ACPI_DEVICE = /\/PNP0C80:[0-9a-f]+$/

const devicesRemoved = ({ uevents }: Step): number =>
  uevents.filter(({ action, devpath }) => action === 'remove' && ACPI_DEVICE.test(devpath)).length

function checkDevicesGone(step: Step, expect: Expect): void {
  if (step.operation.op !== 'unplug') return
  const given = step.platform.filter(({ event }) => event === 'DEVICE_DELETED').length
  expect.same('ACPI devices removed', { expected: given, seen: devicesRemoved(step) })
}

/** Source and status of an ejection of firmware's that failed. Source: ACPI 6.4, 6.3.5. */
const FAILED = { source: 3, status: 1 }

function checkDevicesKept(step: Step, expect: Expect): void {
  const isTold = step.platform.some(({ data }) => {
    const info = data.info as Partial<typeof FAILED> | undefined
    return info?.source === FAILED.source && info.status === FAILED.status
  })
  if (isTold) expect.same('ACPI devices removed', { expected: 0, seen: devicesRemoved(step) })
}

/** The line that is exactly what a step removes; undefined for other steps. */
function wholeLine(step: Step, iomem: string) {
  const { operation } = step
  if (operation.op !== 'remove') return undefined
  return systemRamRanges(parseIomem(iomem)).find(
    ({ start, end }) => start === operation.start && end === operation.end,
  )
}

function checkPartOfLine(step: Step, expect: Expect): void {
  const { operation, before, after, outcome } = step
  if (operation.op !== 'remove' || step.faulted || outcome.kind !== 'done') return
  if (wholeLine(step, before.iomem) !== undefined) return
  expect.same('/proc/iomem', { expected: before.iomem, seen: after.iomem })
  if (step.machine.subsystems.kernelLog === undefined) return
  const warnings = step.log.filter(({ text }) => text.startsWith('Trying to free nonexistent'))
  expect.same('warnings', { expected: 1, seen: warnings.length })
}

function checkLineOfEndedRemoval(step: Step, expect: Expect): void {
  if (!wasAbsent(step) || wholeLine(step, step.before.iomem) === undefined) return
  expect.same('line of the range', { expected: undefined, seen: wholeLine(step, step.after.iomem) })
}

function checkEndedRemoval(step: Step, expect: Expect): void {
  const { operation, before, after, machine } = step
  if (operation.op !== 'remove' || !wasAbsent(step)) return
  const ids = blocksOfBytes(operation, machine.geometry.blockBytes)
  const absent = ids.findIndex((id) => before.blocks.get(id) === undefined)
  ids.forEach((id, i) => {
    const isBelow = absent === -1 || i < absent
    const expected = !isBelow && before.blocks.get(id) !== undefined
    const seen = after.blocks.get(id) !== undefined
    expect.same(`memory${id} after a removal that ended`, { expected, seen })
  })
}

function checkCgroupTables({ machine }: Look, expect: Expect): void {
  const { sections, pageCgroupTables } = machine.state.memory
  for (const nr of pageCgroupTables.keys()) {
    const seen = sections.separated.get(nr)?.online
    expect.same(`section ${nr} with a cgroup table online`, { expected: true, seen })
  }
}
