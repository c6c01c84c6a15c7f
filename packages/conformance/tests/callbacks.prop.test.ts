// What a machine calls back (observers, memory notifiers, hooks of drivers and of the arch) may throw, or ask for another
// operation at any moment. The machine is whole after each operation all the same. What the callback did is compared with
// a machine whose callback did nothing, or refused in the regular way.
import {
  createMachine,
  fingerprint,
  GENERATIONS,
  GIB,
  isHotplugError,
  type MachineDescription,
  MIB,
  type Plugins,
  registerMemoryNotifier,
  settle,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { blockFile, MEMORY_DIRECTORY, STORAGE_DIRECTORY } from '@memhp/kernel-files'
import { type MachineOperation, openSession, perform } from '@memhp/trace'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { EJECT, GUEST, POWER_GUEST } from './machines'
import { PLUGINS } from './plugins'

/** Whom the machine calls. Hooks are called in the midst of transactions. */
type Called = 'observer' | Hook
type Hook = 'notifier' | 'driver' | 'arch'

/** What is done at one call; at all others nothing is. */
interface Deed {
  readonly by: Called
  /** Counted from 0, over all operations. */
  readonly call: number
  /** `refuse` is the regular way of a notifier; others do nothing then. */
  readonly act: 'throw' | 'refuse' | MachineOperation
}

const PURPOSE = new Error('thrown on purpose')

interface Platform {
  readonly description: MachineDescription
  /** Makes that there is memory to do something with. */
  readonly begin: MachineOperation
  /** The first block of device memory. */
  readonly first: number
  readonly blockMib: number
  /** What its firmware is asked for by files. */
  readonly own: readonly MachineOperation[]
  /** Generations of the kernel that it may have. */
  readonly kernels: readonly string[]
}

const dlpar = (value: string): MachineOperation => ({
  op: 'write',
  path: '/sys/kernel/dlpar',
  value,
})

const PLUG = { op: 'plug', id: 'a', node: 1 } as const

const X86: Platform = {
  begin: { ...PLUG, mib: 256 },
  description: { ...GUEST, cmdline: 'memhp_default_state=online_movable' },
  first: 32,
  blockMib: 128,
  own: [{ op: 'write', path: EJECT, value: '1' }],
  kernels: GENERATIONS.map(({ name }) => name),
}

const POWER: Platform = {
  begin: { ...PLUG, mib: 512 },
  description: POWER_GUEST,
  first: 8,
  blockMib: 256,
  own: [
    dlpar('memory remove count 1'),
    dlpar('memory add count 1'),
    dlpar('memory add count 9'),
    dlpar('memory remove indexed-count 2 0x80000008'),
  ],
  // Radix page tables came with 4.7, and what the kernel does for /sys/kernel/dlpar with 4.6.
  kernels: GENERATIONS.filter(({ kernels: { from } }) => from[0] >= 4).map(({ name }) => name),
}

const configOf = (block: number, value: string): MachineOperation => ({
  op: 'write',
  path: `${STORAGE_DIRECTORY}/memory${block}/config`,
  value,
})

/** Standby memory from 2 GiB on. Since 7.2 it is configured before it has blocks. */
const S390: Platform = {
  description: {
    arch: 's390x',
    nodes: [{ id: 0, cpus: [0] }],
    ram: [{ start: 0, end: GIB, node: 0 }],
    drivers: { sclp: { standby: [{ start: 2 * GIB, end: 3 * GIB }] } },
  },
  begin: { op: 'write', path: blockFile(8, 'state'), value: 'online' },
  first: 8,
  blockMib: 256,
  own: [
    configOf(8, '1'),
    configOf(9, '1'),
    configOf(8, '0'),
    { op: 'sclp_fail', blocks: [8, 9], block_mib: 256 },
    { op: 'sclp_fail', blocks: [], block_mib: 256 },
  ],
  kernels: GENERATIONS.filter(({ kernels: { from } }) => from[0] >= 4).map(({ name }) => name),
}

/** What is done with pages. */
function pageOperationOf({ first, blockMib }: Platform): fc.Arbitrary<MachineOperation> {
  const block = fc.integer({ min: first, max: first + 3 })
  const name = fc.constantFrom('f', 'g')
  const node = fc.constantFrom(0, 1)
  const policy = fc.constantFrom('prefer' as const, 'bind' as const)
  const address = (at: number): string => `0x${(at * blockMib * MIB).toString(16)}`
  const written = fc.constantFrom('probe', 'hard_offline_page', 'soft_offline_page')
  return fc.oneof(
    fc
      .record({ file: name, node, mib: fc.constantFrom(1, 3, 40), policy })
      .map((fill): MachineOperation => ({ op: 'fill', ...fill })),
    name.map((file): MachineOperation => ({ op: 'drop', file })),
    fc
      .tuple(name, block)
      .map(([name, at]): MachineOperation => ({ op: 'obstruct', name, block: at, pages: 1 })),
    name.map((name): MachineOperation => ({ op: 'pin', name, pages: 1 })),
    fc.tuple(written, block).map(
      ([file, at]): MachineOperation => ({
        op: 'write',
        path: `${MEMORY_DIRECTORY}/${file}`,
        value: address(at),
      }),
    ),
    fc.constantFrom<MachineOperation[]>(
      { op: 'snapshot', name: 'drawn' },
      { op: 'restore', name: 'drawn' },
      { op: 'take-huge', name: 'h', node: 0, count: 2, state: 'used' },
    ),
  )
}

function operationOf(platform: Platform): fc.Arbitrary<MachineOperation> {
  return fc.oneof(
    { weight: 3, arbitrary: hotplugOperationOf(platform) },
    { weight: 1, arbitrary: pageOperationOf(platform) },
  )
}

function hotplugOperationOf({ first, blockMib, own }: Platform): fc.Arbitrary<MachineOperation> {
  const block = fc.integer({ min: first, max: first + 4 })
  const count = fc.integer({ min: 1, max: 3 })
  const bytes = (at: number, blocks: number): { readonly start: number; readonly end: number } => ({
    start: at * blockMib * MIB,
    end: (at + blocks) * blockMib * MIB,
  })
  return fc.oneof(
    fc.tuple(fc.constantFrom('a', 'b'), count, fc.constantFrom(0, 1)).map(
      ([id, blocks, node]): MachineOperation => ({
        op: 'plug',
        id,
        mib: blocks * blockMib,
        node,
      }),
    ),
    fc.constantFrom('a', 'b').map((id): MachineOperation => ({ op: 'unplug', id })),
    fc
      .tuple(block, fc.constantFrom('online', 'offline', 'online_movable', 'online_kernel'))
      .map(
        ([at, value]): MachineOperation => ({ op: 'write', path: blockFile(at, 'state'), value }),
      ),
    fc
      .tuple(block, count, fc.constantFrom('remove' as const, 'offline-and-remove' as const))
      .map(([at, blocks, op]): MachineOperation => ({ op, ...bytes(at, blocks) })),
    fc
      .tuple(block, count)
      .map(([at, blocks]): MachineOperation => ({ op: 'add', node: 0, ...bytes(at + 8, blocks) })),
    fc.constantFrom(...own),
  )
}

/** What may be asked for in a callback beside the operations. Pages are used by other CPUs at any time. */
const ASKED: readonly MachineOperation[] = [
  { op: 'settle' },
  { op: 'snapshot', name: 'now' },
  { op: 'reserve-huge', node: 0, count: 1 },
  { op: 'allocate', name: 'taken', as: 'anonymous', node: 0, mib: 3, policy: 'prefer' },
]

/** What takes the lock of memory hot-plug, by name. */
const HOTPLUG: ReadonlySet<MachineOperation['op']> = new Set([
  'plug',
  'unplug',
  'write',
  'add',
  'remove',
  'offline-and-remove',
  'restore',
])

/** What is done, and on which kernel. */
interface Work {
  readonly kernel: string
  readonly operations: readonly MachineOperation[]
}

/** What a run came to. */
interface Run {
  /** Of the machine after each operation. */
  readonly fingerprints: readonly string[]
  /** Code of each refusal, `done`, or `purpose` where the caller got what the callback threw. */
  readonly outcomes: readonly string[]
  /** How what was asked for in the callback ended; null where it did not come to that. */
  readonly answer: string | null
  readonly hasActed: boolean
}

const isPurpose = (error: unknown): boolean =>
  error === PURPOSE || (error instanceof AggregateError && error.errors.includes(PURPOSE))

function outcomeOf(act: () => void): string {
  try {
    act()
    return 'done'
  } catch (error) {
    if (isPurpose(error)) return 'purpose'
    if (isHotplugError(error)) return error.code
    throw error
  }
}

/** The plugins, with an arch and drivers that call `called` in their hooks. */
function pluginsWith(called: (by: Called) => unknown): Plugins {
  return {
    ...PLUGINS,
    archs: PLUGINS.archs.map((plugin) => ({
      ...plugin,
      create(...given) {
        const arch = plugin.create(...given)
        const addMemory: typeof arch.addMemory = (machine, request) => {
          called('arch')
          return arch.addMemory(machine, request)
        }
        return { ...arch, addMemory }
      },
    })),
    drivers: PLUGINS.drivers.map((plugin) => ({
      ...plugin,
      create: (layout) => ({
        ...plugin.create(layout),
        withholdPages() {
          called('driver')
          return []
        },
      }),
    })),
  }
}

/** Carries operations out on a new machine, whose invariants hold after each. */
function run({ description }: Platform, { kernel, operations }: Work, deed: Deed | null): Run {
  const calls: Record<Called, number> = { observer: 0, notifier: 0, driver: 0, arch: 0 }
  let isBooted = false
  let hasActed = false
  let answer: string | null = null
  const called = (by: Called): 'ok' | 'bad' => {
    if (!isBooted || deed?.by !== by || calls[by]++ !== deed.call) return 'ok'
    const { act } = deed
    hasActed = true
    if (act === 'throw') throw PURPOSE
    if (act === 'refuse') return 'bad'
    answer = outcomeOf(() => void perform(session, act))
    return 'ok'
  }
  const machine = createMachine({ ...description, kernel }, pluginsWith(called))
  const session = openSession(machine)
  isBooted = true
  machine.observe(() => void called('observer'))
  registerMemoryNotifier(machine.memoryChain, {
    name: 'drawn',
    priority: 0,
    notifier: () => called('notifier'),
  })
  const done = operations.map((operation) => {
    const outcomes = [() => void perform(session, operation), () => settle(machine)].map(outcomeOf)
    checkInvariants(machine)
    return { outcome: outcomes.join(', '), print: fingerprint(machine) }
  })
  return {
    fingerprints: done.map(({ print }) => print),
    outcomes: done.map(({ outcome }) => outcome),
    answer,
    hasActed,
  }
}

interface Drawn extends Work {
  readonly deed: Deed
}

/** Checks each drawn run. @returns how many deeds were done at all */
function checkRuns(
  platform: Platform,
  deed: fc.Arbitrary<Deed>,
  check: (disturbed: Run, drawn: Drawn) => void,
): number {
  let acted = 0
  const operations = fc.array(operationOf(platform), { minLength: 1, maxLength: 8 })
  const kernel = fc.constantFrom(...platform.kernels)
  fc.assert(
    fc.property(fc.record({ kernel, operations, deed }), (drawn) => {
      const all = { ...drawn, operations: [platform.begin, ...drawn.operations] }
      const disturbed = run(platform, all, all.deed)
      if (!disturbed.hasActed) return
      acted += 1
      check(disturbed, all)
    }),
    { numRuns: draws(120) },
  )
  return acted
}

const deedOf = <By extends Called>(
  by: readonly By[],
  act: fc.Arbitrary<Deed['act']>,
  calls: number,
): fc.Arbitrary<Deed> =>
  fc.record({ by: fc.constantFrom(...by), call: fc.integer({ min: 0, max: calls }), act })

const thrown = fc.constant('throw' as const)

/** In more runs than these the callback has its turn; on s390 little is added after the boot. */
const enough = (platform: Platform): number => (platform === S390 ? 0 : draws(12))

describe.each([
  ['x86_64', X86],
  ['ppc64le', POWER],
  ['s390x', S390],
] as const)('on %s', (_, platform) => {
  const asked = fc.oneof(operationOf(platform), fc.constantFrom(...ASKED))

  test('an observer that throws changes nothing, and its caller gets the error', () => {
    const acted = checkRuns(platform, deedOf(['observer'], thrown, 120), (disturbed, drawn) => {
      const { fingerprints } = run(platform, drawn, null)
      expect(disturbed.fingerprints).toEqual(fingerprints)
      expect(disturbed.outcomes.join()).toContain('purpose')
    })
    expect(acted).toBeGreaterThan(enough(platform))
  })

  test('a notifier that throws is one that refuses', () => {
    const acted = checkRuns(platform, deedOf(['notifier'], thrown, 12), (disturbed, drawn) => {
      const { fingerprints, outcomes } = run(platform, drawn, { ...drawn.deed, act: 'refuse' })
      expect(disturbed).toMatchObject({ fingerprints, outcomes })
    })
    expect(acted).toBeGreaterThan(enough(platform))
  })

  test('a hook that throws where nothing may fail changes nothing, and its caller gets the error', () => {
    const acted = checkRuns(platform, deedOf(['driver'], thrown, 4), (disturbed, drawn) => {
      const { fingerprints } = run(platform, drawn, null)
      expect(disturbed.fingerprints).toEqual(fingerprints)
      expect(disturbed.outcomes.join()).toContain('purpose')
    })
    expect(acted).toBeGreaterThan(enough(platform))
  })

  test('a hook that throws while memory is added leaves the machine whole', () => {
    const acted = checkRuns(platform, deedOf(['arch'], thrown, 3), ({ outcomes }) => {
      expect(outcomes.join()).toContain('purpose')
    })
    expect(acted).toBeGreaterThan(enough(platform))
  })

  test('what a notifier or a hook asks for in the midst of a transaction is refused, and changes nothing', () => {
    const deed = deedOf(['notifier', 'driver', 'arch'], asked, 5)
    const acted = checkRuns(platform, deed, (disturbed, drawn) => {
      const { act } = drawn.deed
      // Pages are used by other CPUs at any time: what that comes to is what the invariants are checked for.
      if (typeof act === 'string' || !HOTPLUG.has(act.op)) return
      const { fingerprints, outcomes } = run(platform, drawn, null)
      // A write, a restore or, on s390, a plug may name what is not there: that is said first.
      const mayNameNothing = platform === S390 || act.op === 'write' || act.op === 'restore'
      if (mayNameNothing) expect(disturbed.answer).not.toBe('done')
      else expect(disturbed.answer).toBe('OPERATION_IN_PROGRESS')
      expect(disturbed).toMatchObject({ fingerprints, outcomes })
    })
    expect(acted).toBeGreaterThan(enough(platform))
  })

  test('what an observer asks for is done, on a machine that is whole', () => {
    const acted = checkRuns(platform, deedOf(['observer'], asked, 120), ({ answer, outcomes }) => {
      expect(answer).not.toBe('OPERATION_IN_PROGRESS')
      expect(outcomes.join()).not.toContain('purpose')
    })
    expect(acted).toBeGreaterThan(enough(platform))
  })
})
