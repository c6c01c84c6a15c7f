import { ppc64le } from '@memhp/arch-powerpc'
import {
  allocateTracked,
  blockId,
  createMachine,
  type FileTree,
  fingerprint,
  GIB,
  HotplugError,
  type Machine,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  placeUnmovablePage,
  platformOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { pseriesDriver, pseriesState } from '@memhp/driver-pseries'
import { checkInvariants } from '@memhp/invariants'
import { executePlan, planRemoval, type RemovalGoal } from '@memhp/planner'
import { readTopology } from '@memhp/topology'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Rehearsal, rehearse } from '../src/index'

const LMB = 256 * MIB
const DLPAR = '/sys/kernel/dlpar'
/** First block of the LMBs: boot memory is 2 GiB. */
const FIRST = 8

type Mmu = 'radix' | 'hash'

/** Two nodes; six LMBs on node 1, in Movable, and two on node 0. */
function guest(mmu: Mmu): Machine {
  const machine = createMachine(
    {
      arch: 'ppc64le',
      archOptions: { mmu },
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      drivers: { pseries: { windowEnd: 8 * GIB } },
    },
    { archs: [ppc64le], drivers: [pseriesDriver], subsystems: SUBSYSTEMS },
  )
  platformOf(machine, 'pseries').plug(machine, { id: 'a', sizeBytes: 6 * LMB, node: 1 })
  platformOf(machine, 'pseries').plug(machine, { id: 'b', sizeBytes: 2 * LMB, node: 0 })
  settle(machine)
  for (let id = FIRST; id < FIRST + 6; id++) {
    offlineBlock(machine, blockId(id))
    onlineBlock(machine, blockId(id), 'online_movable')
  }
  return machine
}

const run = async (machine: Machine, goal: RemovalGoal): Promise<Rehearsal> =>
  rehearse(machine, await readTopology(machine.tree), goal)

const unbalanced = ({ balance }: Rehearsal): readonly string[] =>
  balance.rows.filter(({ balanced }) => !balanced).map(({ what }) => what)

describe.each(['radix', 'hash'] as const)('on a POWER guest with %s', (mmu) => {
  test('a node of LMBs goes by one write, and everything that it had comes back', async () => {
    const machine = guest(mmu)
    allocateTracked(machine, {
      name: 'files',
      kind: 'file',
      pageCount: (300 * MIB) / machine.geometry.pageBytes,
      nodeId: nodeId(1),
      policy: 'prefer',
    })
    const rehearsal = await run(machine, { kind: 'node', node: 1 })
    expect(rehearsal.outcome).toBe('removed')
    expect(unbalanced(rehearsal)).toEqual([])
    expect(rehearsal.plan.steps.at(-1)).toMatchObject({
      name: 'lmb@80000008-8000000d',
      path: DLPAR,
      text: 'memory remove indexed-count 6 0x80000008',
    })
    expect(rehearsal.plan.expected.goneNodes).toEqual([1])
    expect(machine.tree.lookup('/sys/devices/system/node/node1')).toBeUndefined()
    checkInvariants(machine)
  })

  test('what maps the memory is counted: page tables, or entries of the hash page table', async () => {
    const { before, after, balance } = await run(guest(mmu), {
      kind: 'device',
      devices: ['0x80000008-0x80000009'],
    })
    const rows = balance.rows.filter(({ topic }) => topic === 'page-tables')
    expect(rows.length).toBeGreaterThan(0)
    if (mmu === 'hash') {
      expect(before.tables).toBeNull()
      expect(before.entries?.direct).toEqual({ pageBytes: 16 * MIB, entries: 32, staying: 0 })
      expect(after.entries?.direct.entries).toBe(0)
    } else {
      expect(before.entries).toBeNull()
      const pmd = before.tables?.direct.find(({ level }) => level === 'PMD')
      expect(pmd?.leaves.map(({ count }) => count)).toEqual([256])
      expect(after.tables?.directBytes).toBe(0)
    }
  })

  test('a page of the kernel refuses, and nothing has changed', async () => {
    const machine = guest(mmu)
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(FIRST + 7)) })
    const before = fingerprint(machine)
    const rehearsal = await run(machine, { kind: 'device', devices: ['lmb@8000000f'] })
    expect(rehearsal.diagnosis).toMatchObject({ block: FIRST + 7, reason: 'kernel-memory' })
    expect(fingerprint(machine)).toBe(before)
    expect(unbalanced(rehearsal)).toEqual([])
  })

  test('any LMBs go alone or together, and balance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
        fc.subarray([0, 1, 2, 3, 4, 5]),
        async (going, offline) => {
          const machine = guest(mmu)
          for (const i of offline) offlineBlock(machine, blockId(FIRST + i))
          const goal = { kind: 'blocks', blocks: going.map((i) => FIRST + i) } as const
          const rehearsal = await run(machine, goal)
          expect(rehearsal.outcome).toBe('removed')
          expect(unbalanced(rehearsal)).toEqual([])
          checkInvariants(machine)
        },
      ),
      { numRuns: 12 },
    )
  }, 60_000)
})

const refuse = (errno: 'EBUSY' | 'EPERM'): never => {
  throw new HotplugError('REQUEST_REFUSED', errno, 'The hypervisor says no.')
}

/** The guest's tree under a hypervisor that refuses to let some LMB go, and gives back what went, or does not. */
function hypervisor(
  machine: Machine,
  rules: { readonly keeps: string; readonly givesBack: boolean },
): FileTree {
  return {
    ...machine.tree,
    write(path, text) {
      if (path !== DLPAR) return machine.tree.write(path, text)
      if (text.startsWith('memory remove') && text.endsWith(rules.keeps)) refuse('EBUSY')
      if (text.startsWith('memory add')) {
        if (!rules.givesBack) refuse('EPERM')
        for (const connector of pseriesState(machine).connectors.values()) {
          const held = pseriesState(machine).lmbs.get(connector.drcIndex)?.assigned === true
          if (!held) connector.state = 'unusable'
        }
      }
      machine.tree.write(path, text)
    },
  }
}

const states = (machine: Machine): readonly string[] =>
  Array.from({ length: 8 }, (_, i) => {
    const path = `/sys/devices/system/memory/memory${FIRST + i}`
    if (machine.tree.lookup(path) === undefined) return 'gone'
    return `${machine.tree.read(`${path}/state`).trim()} ${machine.tree.read(`${path}/valid_zones`).trim()}`
  })

describe('a removal that is refused half way', () => {
  const goal = {
    kind: 'device',
    devices: ['lmb@80000008', 'lmb@80000009', 'lmb@8000000b', 'lmb@8000000c'],
  } as const

  test('adds the LMBs that went, and brings every block back to its zone', async () => {
    const machine = guest('radix')
    const before = states(machine)
    const plan = planRemoval(await readTopology(machine.tree), goal)
    const tree = hypervisor(machine, { keeps: '0x80000008', givesBack: true })
    const execution = await executePlan(tree, plan)
    expect(execution.outcome).toBe('refused')
    expect(execution.leftovers).toEqual([])
    expect(execution.undone[0]?.write.text).toBe('memory add indexed-count 2 0x8000000b')
    expect(states(machine)).toEqual(before)
    checkInvariants(machine)
  })

  test('says what is gone where the hypervisor does not give it back', async () => {
    const machine = guest('radix')
    const plan = planRemoval(await readTopology(machine.tree), goal)
    const tree = hypervisor(machine, { keeps: '0x80000008', givesBack: false })
    const { leftovers } = await executePlan(tree, plan)
    expect(leftovers).toEqual([
      expect.stringContaining('“memory add indexed-count 2 0x8000000b” with EPERM'),
      expect.stringContaining('lmb@8000000b-8000000c is removed'),
    ])
    expect(states(machine).slice(0, 6)).toEqual([
      'online Movable',
      'online Movable',
      'online Movable',
      'gone',
      'gone',
      'online Movable',
    ])
  })
})
