import { blockId, type Machine, sectionNr, type Uevent } from '@memhp/core'
import { findSection, nodeOf, writableSection } from '@memhp/core/inspect'
import { emitUevent } from '@memhp/core/plugin'
import { BrokenInvariant } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { SimulationFailure, simulate, type World } from '../src/index'
import { PLUGINS } from './plugins'

/** Breaks a machine while a uevent is on its way. */
type Mischief = (machine: Machine, event: Uevent) => void

const blockOf = ({ devpath }: Uevent): number => Number(/memory(\d+)$/.exec(devpath)?.[1] ?? -1)

/** The zone with most pages present. */
const largest = (machine: Machine) =>
  [...machine.state.memory.zones.values()].toSorted((a, b) => b.presentPages - a.presentPages)[0]

const block = (machine: Machine, event: Uevent) =>
  machine.state.memory.blocks.separated.get(blockId(blockOf(event)))

/** What goes wrong, when, and the invariants of which one must notice it. */
const CANARIES: readonly (readonly [string, Uevent['action'], Mischief, readonly string[]])[] = [
  [
    'the span of a zone does not shrink',
    'offline',
    (machine, event) => {
      const { pagesPerBlock } = machine.geometry
      const start = blockOf(event) * pagesPerBlock
      for (const zone of machine.state.memory.zones.values()) {
        if (zone.startPfn === start + pagesPerBlock) {
          zone.startPfn = start
          zone.spannedPages += pagesPerBlock
        } else if (zone.startPfn + zone.spannedPages === start) zone.spannedPages += pagesPerBlock
      }
    },
    ['v6.1/35', 'model/zones'],
  ],
  [
    'MemTotal keeps a page',
    'offline',
    (machine) => {
      machine.state.memory.totalManagedPages += 1
    },
    ['v6.1/32', 'model/memory-total'],
  ],
  [
    'a zone counts a page twice',
    'online',
    (machine) => {
      const zone = largest(machine)
      if (zone !== undefined) zone.presentPages += 1
    },
    ['v6.1/31', '2012/G-1'],
  ],
  [
    'a uevent comes twice',
    'online',
    (machine, { devpath, subsystem, seqnum }) => {
      const last = machine.state.journal.uevents.at(-2)
      if (last?.devpath === devpath && last.action === 'online') return
      if (seqnum > 0) emitUevent(machine, 'online', { devpath, subsystem })
    },
    ['v6.1/20'],
  ],
  [
    'a node forgets that it has memory',
    'online',
    (machine, event) => {
      const found = block(machine, event)
      if (found !== undefined) nodeOf(machine, found.nodeId).hasMemory = false
    },
    ['v6.1/39', 'v6.1/40', 'v6.1/41'],
  ],
  [
    'a section stays offline in an online block',
    'online',
    (machine, event) => {
      const nr = sectionNr(blockOf(event) * machine.geometry.sectionsPerBlock)
      writableSection(machine, nr).online = false
    },
    ['v6.1/72', 'v6.1/24'],
  ],
  [
    'a block remembers the type that it was brought online with',
    'online',
    (machine, event) => {
      const found = block(machine, event)
      if (found !== undefined) found.pendingType = 'online_kernel'
    },
    ['v6.1/17', 'v6.1/13', 'v6.1/19'],
  ],
  [
    'a block names a zone that it is not in',
    'online',
    (machine, event) => {
      const found = block(machine, event)
      if (found === undefined) return
      const isMovable = found.zone === `${found.nodeId}/Movable`
      found.zone = `${found.nodeId}/${isMovable ? 'Normal' : 'Movable'}`
    },
    ['v6.1/24', 'v6.1/27', 'v6.1/31'],
  ],
  [
    'the firmware map keeps an entry',
    'remove',
    (machine, event) => {
      const { firmwareMap, resources } = machine.state.memory
      const { blockBytes } = machine.geometry
      const start = blockOf(event) * blockBytes
      const isClaimed = resources.children.some((each) => each.start <= start && start <= each.end)
      if (isClaimed || firmwareMap.entries.some((each) => each.start === start)) return
      const end = start + blockBytes - 1
      firmwareMap.entries.push({ index: firmwareMap.nextIndex++, start, end, type: 'System RAM' })
    },
    ['v6.1/50'],
  ],
  [
    'a group counts pages that it does not have',
    'online',
    (machine) => {
      for (const group of machine.state.memory.groups.values()) group.presentKernelPages += 1
    },
    ['v6.1/79'],
  ],
  [
    'a free page is lost',
    'online',
    (machine) => {
      const zone = largest(machine)
      if (zone !== undefined && zone.free.freePages > 0) zone.free.freePages -= 1
    },
    ['model/pages'],
  ],
  [
    'a node with CPUs is offline',
    'online',
    (machine) => {
      for (const node of machine.state.memory.nodes.values()) node.online = false
    },
    ['v6.1/44', 'v6.1/42', 'v6.1/39', 'v6.1/40', 'v6.1/6'],
  ],
  [
    'what a file holds changes on the way',
    'offline',
    (machine) => {
      const { pagesPerSection } = machine.geometry
      for (const { pages } of machine.state.memory.allocations.values()) {
        const page = pages[0] ?? -1
        const section = findSection(machine, sectionNr(Math.floor(page / pagesPerSection)))
        const place = page % pagesPerSection
        section?.pages?.owned?.data.fill(1, place, place + 1)
      }
    },
    ['model/pages'],
  ],
]

/** Canaries that change pages of sections which no operation writes. */
const BEHIND: ReadonlySet<string> = new Set(['what a file holds changes on the way'])

/** When all of the machine is checked: after each step, or only at the end of a run of 60 steps. */
type Whole = 'each step' | 'at the end'

/** What noticed a mischief: the number of the invariant, and after how many steps of which seed. */
interface Notice {
  readonly id: string
  readonly seed: number
  readonly step: number
}

/** Runs seeds until one of them notices. */
function noticedBy(action: Uevent['action'], mischief: Mischief, whole: Whole): Notice | undefined {
  for (let seed = 1; seed <= 30; seed++) {
    const found = runWith({ seed, whole }, ({ machine }) => {
      machine.observe((event) => {
        if (event.kind === 'uevent' && event.uevent.action === action) {
          mischief(machine, event.uevent)
        }
      })
    })
    if (found !== undefined) return found
  }
  return undefined
}

function runWith(
  { seed, whole }: { readonly seed: number; readonly whole: Whole },
  infect: (world: World) => void,
): Notice | undefined {
  const onStep = (world: World, index: number): void => {
    if (index === -1) infect(world)
  }
  try {
    const wholeEvery = whole === 'each step' ? 1 : 1000
    simulate({ seed, steps: 60, plugins: PLUGINS, onStep, wholeEvery })
    return undefined
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
    return { id: idOf(error.cause), seed, step: error.steps.length }
  }
}

function idOf(cause: unknown): string {
  if (cause instanceof BrokenInvariant) return cause.id
  const text = String(cause)
  return /free pages|what its owner wrote/.test(text) ? 'model/pages' : text
}

describe('a machine that is broken on purpose is caught', () => {
  test.each(CANARIES)('%s', { timeout: 120_000 }, (name, action, mischief, ids) => {
    const [written, all] = [
      noticedBy(action, mischief, 'at the end'),
      noticedBy(action, mischief, 'each step'),
    ]
    expect(ids).toContain(written?.id)
    // What a check of all finds, one of what was written finds in the same run: at the same step, or, where pages are changed
    // behind the back of what logs writes, when they are written next, and at the latest by the look at all of it at the end.
    expect(written?.seed).toBe(all?.seed)
    const late = (written?.step ?? 0) - (all?.step ?? 0)
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(BEHIND.has(name) ? 60 : 1)
  })

  test('the failure names the seed and the steps that led there', { timeout: 60_000 }, () => {
    const onStep = ({ machine }: World, index: number): void => {
      if (index === 7) machine.state.memory.totalManagedPages += 1
    }
    const run = (): unknown => simulate({ seed: 1, steps: 60, plugins: PLUGINS, onStep })
    expect(run).toThrow(/^Seed 1, step 8: model\/memory-total is broken at managed pages/)
    expect(run).toThrow(/(\n {2}\{"operation":.*){8}$/)
  })
})
