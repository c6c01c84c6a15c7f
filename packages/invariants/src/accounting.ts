import { parseZoneinfo, zoneCounts } from '@memhp/kernel-files'
import type { Expect } from './broken-invariant'
import {
  type InvariantEntry,
  notApplicable,
  stateInvariant,
  stepInvariant,
} from './invariant-entry'
import type { Look } from './look'
import { readCounters } from './reading'
import { freesBootPages } from './removal'
import type { BlockView } from './seen-blocks'
import { checkSpanAfterOffline, pagesOutside } from './span'
import { isHotplug, type Step } from './step'

/** Section 8.4: counting pages. */
export const ACCOUNTING_INVARIANTS: readonly InvariantEntry[] = [
  stepInvariant({
    id: 'v6.1/31',
    text: 'A block that comes online adds its pages to the present and managed pages of its zone, and to MemTotal.',
    of: 'blocks',
    look(step, expect) {
      if (moves(step).some(({ to }) => to !== null)) checkBalance(step, expect)
    },
  }),
  stepInvariant({
    id: 'v6.1/32',
    text: 'A block that goes offline takes exactly the same amounts away again.',
    of: 'blocks',
    look(step, expect) {
      if (moves(step).some(({ from }) => from !== null)) checkBalance(step, expect)
    },
  }),
  stepInvariant({
    id: 'v6.1/33',
    text: 'Adding memory that stays offline and removing offline memory leave MemTotal, present and managed pages alone.',
    look(step, expect) {
      if (moves(step).length === 0) checkBalance(step, expect)
    },
  }),
  stateInvariant({
    id: 'v6.1/34',
    text: 'managed <= present <= spanned for every zone, and a zone other than Device spans nothing exactly where nothing is present.',
    when: ({ generation }) => generation.rules.zones.joins === 'onlined',
    of: ['zones'],
    look: checkZoneCounts,
  }),
  stepInvariant({
    id: 'v6.1/35',
    text: 'Offlining at an edge of a zone moves that edge of its span to the next online page of the zone; elsewhere the span stays.',
    when: ({ generation }) => generation.rules.zones.joins === 'onlined',
    of: 'attempt',
    look(step, expect) {
      const attempt = step.attempt
      if (attempt?.to === 'offline' && step.outcome.kind === 'done')
        checkSpanAfterOffline(step, attempt, expect)
    },
  }),
  stateInvariant({
    id: 'v6.1/36',
    text: '/proc/zoneinfo shows each zone of each online node, unpopulated ones with 0 pages present.',
    when: ({ generation }) => generation.rules.procfs.zoneinfo === 'all',
    of: ['zones', 'nodes'],
    look: checkZoneinfo,
  }),
  stepInvariant({
    id: 'v6.1/37',
    text: 'Where a block holds its own memmap, all its pages become present and all but those of the memmap managed.',
    of: 'attempt',
    look(step, expect) {
      const online = step.attempt?.after
      if (
        step.outcome.kind !== 'done' ||
        online?.state !== 'online' ||
        online.selfHostedPages === 0
      )
        return
      checkBalance(step, expect)
    },
  }),
  notApplicable({
    id: 'v6.1/38',
    text: 'The min watermark of every zone follows from its managed pages after each online and offline.',
    reason: 'The model has no watermarks: nothing that hot-plug decides depends on them.',
  }),
]

/** A block whose zone a step changed, or how much of it is withheld. */
interface Move {
  readonly was: BlockView | undefined
  readonly is: BlockView | undefined
  readonly from: BlockView['zone']
  readonly to: BlockView['zone']
}

function moves({ blocks }: Step): readonly Move[] {
  const found: Move[] = []
  for (const { was, is } of blocks) {
    const from = was?.zone ?? null
    const to = is?.zone ?? null
    if (from !== to || was?.withheldPages !== is?.withheldPages) found.push({ was, is, from, to })
  }
  return found
}

interface Amounts {
  present: number
  managed: number
}

/** Whether blocks or counts are others than before. Parts of an observation that stayed are the same objects. */
const areCountsDue = ({ before, after, blocks }: Step): boolean =>
  blocks.length > 0 ||
  before.zones !== after.zones ||
  before.memTotalKib !== after.memTotalKib ||
  before.nodeTotalKib !== after.nodeTotalKib

/** The counts of each zone and node change by what came and went, and by nothing else. */
function checkBalance(step: Step, expect: Expect): void {
  if (!isHotplug(step) || !areCountsDue(step)) return
  const { pagesPerBlock, pageBytes } = step.machine.geometry
  const due = new Map<string, Amounts>()
  const enter = (block: BlockView | undefined, sign: 1 | -1): void => {
    const zone = block?.zone ?? null
    if (block === undefined || zone === null) return
    const amounts = due.get(zone) ?? { present: 0, managed: 0 }
    amounts.present += sign * pagesPerBlock
    amounts.managed += sign * (pagesPerBlock - block.selfHostedPages - block.withheldPages)
    due.set(zone, amounts)
  }
  for (const { was, is } of moves(step)) {
    enter(was, -1)
    enter(is, 1)
  }
  let managed = 0
  for (const [key, after] of step.after.zones) {
    const before = step.before.zones.get(key)
    const amounts = due.get(key) ?? { present: 0, managed: 0 }
    managed += amounts.managed
    expect.same(() => `change of present pages of ${key}`, {
      expected: amounts.present,
      seen: after.presentPages - (before?.presentPages ?? 0),
    })
    const seen = after.managedPages - (before?.managedPages ?? 0)
    const freed = freesBootPages(step) ? Math.max(0, seen - amounts.managed) : 0
    managed += freed
    expect.same(() => `change of managed pages of ${key}`, {
      expected: amounts.managed + freed,
      seen,
    })
  }
  expect.same('change of MemTotal in kB', {
    expected: (managed * pageBytes) / 1024,
    seen: step.after.memTotalKib - step.before.memTotalKib,
  })
  checkNodeTotals(step, { pageKib: pageBytes / 1024 }, expect)
}

function checkNodeTotals(
  { after, machine }: Step,
  unit: { readonly pageKib: number },
  expect: Expect,
): void {
  const { memTotal } = machine.generation.rules.procfs
  const counted = memTotal === 'present' ? 'presentPages' : 'managedPages'
  for (const [node, seen] of after.nodeTotalKib) {
    const zones = [...after.zones.values()].filter(({ nodeId }) => nodeId === node)
    const expected = zones.reduce((sum, zone) => sum + zone[counted], 0) * unit.pageKib
    expect.same(() => `MemTotal of node ${node} in kB`, { expected, seen })
  }
}

/** Boot memory that ends within a subsection can be present outside the span: the kernel's search misses it. */
function checkZoneCounts({ machine }: Look, expect: Expect): void {
  for (const zone of machine.state.memory.zones.values()) {
    const { key, managedPages, presentPages, spannedPages } = zone
    const missed = pagesOutside(machine, zone, zone.online.ranges).all
    const present = presentPages - missed
    expect.holds(0 <= managedPages && managedPages <= presentPages && present <= spannedPages, {
      place: key,
      expected: 'managed <= present <= spanned',
      seen: { managed: managedPages, present: presentPages, spanned: spannedPages, missed },
    })
    if (zone.kind === 'device') continue
    expect.same(() => `${key} spans something`, { expected: present > 0, seen: spannedPages > 0 })
  }
}

function checkZoneinfo({ machine }: Look, expect: Expect): void {
  const shown = parseZoneinfo(readCounters(machine, '/proc/zoneinfo')).map(zoneCounts)
  const nodes = [...machine.state.memory.nodes.values()].filter(({ online }) => online)
  const zones = nodes.flatMap((node) => node.zones)
  expect.same('zones of /proc/zoneinfo', {
    expected: zones.map(({ key }) => key),
    seen: shown.map(({ node, name }) => `${node}/${name}`),
  })
  for (const [index, zone] of zones.entries()) {
    const { spanned, present, managed } = shown[index] ?? {}
    expect.same(() => `/proc/zoneinfo ${zone.key}`, {
      expected: [zone.spannedPages, zone.presentPages, zone.managedPages],
      seen: [spanned, present, managed],
    })
  }
}
