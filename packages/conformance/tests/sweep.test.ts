// Every injection point of every operation fails once: on a choice of machines here, on all under MEMHP_THOROUGH.
import {
  fingerprint,
  injectNotifierError,
  type MachineDescription,
  type OnlineType,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { type MachineOperation, openSession, perform } from '@memhp/trace'
import { describe, expect, test } from 'vitest'
import {
  chosenMachines,
  DONE_OTHERWISE,
  type FaultCase,
  type FaultSweepOptions,
  injectionPointsOf,
  NOT_ROLLED_BACK,
  sweepAll,
} from '../src/index'
import { blockFile, bytesOf, makeGuest } from './machines'
import { PLUGINS } from './plugins'

// A mutant is sought by the few: all of them take longer than a mutant may.
const IS_THOROUGH = process.env.MEMHP_THOROUGH === '1' && process.env.MEMHP_MUTANTS !== '1'

type Choice = Pick<FaultSweepOptions, 'arch' | 'variant' | 'kernel' | 'operation' | 'pairs'>

const X86 = { arch: 'x86_64', variant: 'four levels' }

/** One machine whole, and of others what is theirs. */
const FEW: readonly Choice[] = [
  { ...X86, kernel: 'v6.1', pairs: 60 },
  { ...X86, kernel: 'v6.12', operation: 'comes online', pairs: 10 },
  { ...X86, kernel: 'v3.10', operation: 'movable' },
  { ...X86, kernel: 'v3.10', operation: 'online blocks is ejected', pairs: 10 },
  { ...X86, kernel: 'rfc9', operation: 'removed', pairs: 10 },
  { ...X86, kernel: 'rfc9', operation: 'is plugged' },
  { ...X86, kernel: 'rfc9', operation: 'a block comes online' },
  { arch: 'ppc64le', variant: 'radix', kernel: 'v6.1', operation: 'LMB', pairs: 20 },
  { arch: 'ppc64le', variant: 'radix', kernel: 'v6.1', operation: 'firmware asks', pairs: 10 },
  { arch: 'ppc64le', variant: 'hash', kernel: 'v6.1', operation: 'memory is added' },
  { arch: 's390x', variant: 'EDAT1', kernel: 'v6.12', operation: 'standby memory' },
  { arch: 'x86_32', variant: 'PAE', kernel: 'v3.10', operation: 'memory is added' },
]

const KINDS = chosenMachines({ plugins: PLUGINS })

/**
 * Not swept yet: where one of several LMBs cannot be added, the sections that stay of it have their struct pages in the LMBs
 * before it, which then cannot be taken back. No exception says so.
 */
const OPEN = 'radix, 4 KiB pages'

/** The first variant of each architecture with every kernel, and the others with the newest that they have. */
const ALL: readonly Choice[] = KINDS.filter(({ arch, variant, kernel }) => {
  if (variant === OPEN) return false
  const ofArch = KINDS.filter((each) => each.arch === arch)
  return variant === ofArch[0]?.variant || kernel === ofArch.at(-1)?.kernel
}).map(({ arch, variant, kernel }) => ({ arch, variant, kernel, pairs: 50 }))

/**
 * Operations that a machine refuses although nothing fails, and must: what describes the memory lies in it, as page_cgroup
 * tables do in kernels of 2012.
 */
const IMPOSSIBLE =
  /^ppc64le \(.+\): (?:firmware asks|an LMB is removed|LMBs are removed)|^s390x \(EDAT2\): standby memory goes offline/

const named = (choices: readonly Choice[]): readonly (readonly [string, Choice])[] =>
  choices.map((choice) => {
    const { arch, variant, kernel, operation = 'all' } = choice
    return [`${arch} (${variant}) ${kernel}: ${operation}`, choice]
  })

const messagesOf = (cases: readonly FaultCase[]): readonly string[] =>
  cases.flatMap((each) =>
    each.kind === 'broken'
      ? [`${each.arch} ${each.kernel}, ${each.operation}; ${each.message}`]
      : [],
  )

describe('every injection point fails once, and the machine is what it was', {
  timeout: IS_THOROUGH ? 1_800_000 : 120_000,
}, () => {
  const points = injectionPointsOf(PLUGINS)
  const passed = new Set<string>()
  const impossible = new Set<string>()

  test.each(named(IS_THOROUGH ? ALL : FEW))('%s', (_, choice) => {
    const cases = [...sweepAll({ plugins: PLUGINS, ...choice })]
    for (const each of cases) {
      if (each.kind === 'operation') for (const point of each.passed) passed.add(point)
      if (each.kind === 'impossible')
        impossible.add(`${each.arch} (${each.variant}): ${each.operation}`)
    }
    expect(messagesOf(cases)).toEqual([])
    expect(cases.filter(({ kind }) => kind === 'clean').length).toBeGreaterThan(4)
  })

  test('no point is unreachable, and none is passed that is not declared', () => {
    expect([...passed].sort()).toEqual(points.map(({ name }) => name).sort())
  })

  test.runIf(IS_THOROUGH)('what no machine of a kind can do is known', () => {
    expect([...impossible].filter((each) => !IMPOSSIBLE.test(each))).toEqual([])
  })

  test('what points leave is listed', () => {
    const known = [...NOT_ROLLED_BACK, ...DONE_OTHERWISE].map(({ id }) => id)
    const unknown = points.flatMap(({ leaves = [] }) => leaves.filter((id) => !known.includes(id)))
    expect(unknown).toEqual([])
  })
})

const ERRNOS = ['ENOMEM', 'EBUSY', 'EPERM'] as const

const put = (id: number, value: OnlineType): MachineOperation => ({
  op: 'write',
  path: blockFile(id, 'state'),
  value,
})
const online = (...ids: readonly number[]): readonly MachineOperation[] =>
  ids.map((id) => put(id, 'online_movable'))
const FILL: MachineOperation = {
  op: 'fill',
  file: 'page cache',
  mib: 300,
  node: 1,
  policy: 'bind',
}
const PLUG: readonly MachineOperation[] = [
  { op: 'plug', id: 'dimm', mib: 1024, node: 1 },
  { op: 'settle' },
]
const ADD: MachineOperation = { op: 'add', ...bytesOf(64, 67), node: 1 }

interface Operation {
  readonly name: string
  readonly guest?: Partial<MachineDescription>
  readonly prepare?: readonly MachineOperation[]
  readonly operations: readonly MachineOperation[]
  /** The question to the notifiers that refuse it. */
  readonly refusedBy: 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE'
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'a block goes online',
    refusedBy: 'MEM_GOING_ONLINE',
    prepare: PLUG,
    operations: [put(33, 'online_kernel')],
  },
  {
    name: 'the second block goes online',
    refusedBy: 'MEM_GOING_ONLINE',
    prepare: [...PLUG, ...online(35)],
    operations: [put(33, 'online')],
  },
  {
    name: 'a boot block goes offline',
    refusedBy: 'MEM_GOING_OFFLINE',
    operations: [put(8, 'offline')],
  },
  {
    name: 'the last block of a node goes offline',
    refusedBy: 'MEM_GOING_OFFLINE',
    prepare: [...PLUG, ...online(36)],
    operations: [put(36, 'offline')],
  },
  {
    name: 'a block in use goes offline',
    refusedBy: 'MEM_GOING_OFFLINE',
    prepare: [...PLUG, ...online(33, 34, 35, 36), FILL],
    operations: [put(33, 'offline')],
  },
  {
    name: 'online memory is taken offline and removed',
    refusedBy: 'MEM_GOING_OFFLINE',
    prepare: [ADD, ...online(64, 65, 67)],
    operations: [{ op: 'offline-and-remove', ...bytesOf(64, 67) }],
  },
]

describe('a notifier refuses, and the machine is what it was', { timeout: 60_000 }, () => {
  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s',
    (_, operation) => {
      const machine = makeGuest(operation.guest)
      const session = openSession(machine)
      const act = (operations: readonly MachineOperation[] = []): void => {
        for (const each of operations) perform(session, each)
      }
      act(operation.prepare)
      const before = fingerprint(machine)
      for (const errno of ERRNOS) {
        const event = operation.refusedBy
        injectNotifierError(machine, { event, errno })
        expect(() => act(operation.operations)).toThrow(expect.objectContaining({ errno }))
        injectNotifierError(machine, { event, errno: null })
        expect(fingerprint(machine)).toBe(before)
        checkInvariants(machine)
      }
      act(operation.operations)
      checkInvariants(machine)
    },
  )
})
