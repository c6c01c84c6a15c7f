// What simulations once found, as the few steps that show it. Seeds are of no use here: they mean other steps
// whenever something is drawn differently.
import {
  ERRNO,
  type Errno,
  GIB,
  type MachineDescription,
  MIB,
  nodeId,
  reserveHugePages,
  settle,
  type Zone,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { type InjectOperation, type MachineOperation, openSession, perform } from '@memhp/trace'
import { describe, expect, test } from 'vitest'
import { replaySteps, type SimOperation, type SimStep, simulate } from '../src/index'
import { GUEST, makeGuest } from './machines'
import { PLUGINS } from './plugins'

interface Regression {
  readonly name: string
  readonly description?: Partial<MachineDescription>
  readonly operations: readonly (SimOperation | SimStep)[]
}

const state = (id: number, value: string): MachineOperation => ({
  op: 'write',
  path: `/sys/devices/system/memory/memory${id}/state`,
  value,
})
const write = (path: string, value: string): SimOperation => ({ op: 'write', path, value })
const eject = (name: string): SimOperation => write(`/sys/bus/acpi/devices/${name}/eject`, '1')
const plug = (id: string, mib: number, node = 0): SimOperation => ({ op: 'plug', id, mib, node })
/** Minus the errno, as it is injected. */
const fails = (event: InjectOperation['event'], errno: Errno): SimOperation => ({
  op: 'inject',
  event,
  errno: -ERRNO[errno],
})

/** A device of virtio-mem that is there from boot, with blocks of 64 MiB. */
const virtioMem = (requestedBytes: number) => ({
  'virtio-mem': {
    devices: [
      { id: 'vm0', maxBytes: GIB, blockBytes: 64 * MIB, requestedBytes, address: 64 * GIB },
    ],
  },
})

const REGRESSIONS: readonly Regression[] = [
  {
    name: 'kernel memory in Movable: offlining went round for ever',
    operations: [
      plug('d', 1024),
      state(32, 'online_movable'),
      { op: 'obstruct', name: 'o', block: 32, pages: 1 },
      state(32, 'offline'),
    ],
  },
  {
    name: 'present pages outside the span, where boot memory ends within a subsection',
    description: {
      ram: [
        { start: 0, end: GIB, node: 0 },
        { start: 4 * GIB, end: 4 * GIB + 128 * MIB + 52 * 4096, node: 0 },
      ],
    },
    operations: [plug('d', 1024), state(40, 'online_kernel'), state(40, 'offline')],
  },
  {
    name: 'no span at all, where boot memory is less than a subsection',
    description: {
      cmdline: 'memhp_default_state=online_kernel',
      ram: [
        { start: 0, end: GIB, node: 0 },
        { start: 4 * GIB, end: 4 * GIB + 434 * 4096, node: 0 },
      ],
    },
    operations: [plug('d', 1024), { op: 'unplug', id: 'd' }],
  },
  {
    name: 'a device over memory that was added in part by another: the line of /proc/iomem stays',
    operations: [
      { op: 'add', start: 4 * GIB, end: 4 * GIB + 256 * MIB, node: 1 },
      plug('d', 384),
      { op: 'unplug', id: 'd' },
    ],
  },
  {
    name: 'a failed online in a zone whose end lies within a subsection',
    description: {
      ram: [
        { start: 0, end: GIB, node: 0 },
        { start: 4 * GIB, end: 4 * GIB + 128 * MIB + 52 * 4096, node: 0 },
      ],
    },
    operations: [plug('d', 1024), fails('MEM_GOING_ONLINE', 'ENOMEM'), state(40, 'online_kernel')],
  },
  {
    name: 'a device over sections that a failed add left behind: EEXIST, so that it claims memory without a device',
    description: { ram: [{ start: 0, end: 128 * MIB, node: 0 }] },
    operations: [
      { op: 'allocate', name: 'o', as: 'kernel', mib: 20_000 / 256, node: 0, policy: 'prefer' },
      plug('d', 4096),
      { op: 'unplug', id: 'd' },
      { op: 'drop', file: 'o' },
      plug('e', 1024),
      { op: 'unplug', id: 'e' },
    ],
  },
  {
    name: 'removing a range of which only some blocks are there',
    operations: [
      { op: 'add', start: 8 * GIB, end: 8 * GIB + 256 * MIB, node: 0 },
      { op: 'remove', start: 8 * GIB, end: 9 * GIB },
    ],
  },
  {
    name: 'a DLPAR request that fails half-way, and whose rollback fails too: blocks go twice',
    description: {
      arch: 'ppc64le',
      drivers: { pseries: { slots: 4 } },
    },
    operations: [
      plug('d', 2048),
      state(8, 'offline'),
      fails('MEM_GOING_ONLINE', 'ENOMEM'),
      fails('MEM_GOING_OFFLINE', 'EAGAIN'),
      { op: 'write', path: '/sys/kernel/dlpar', value: 'memory remove count 4' },
    ],
  },
  {
    name: 'an ejection that fails over kernel memory, after another block got a poisoned page: that one may not come back (seed 1014, v6.12)',
    description: { kernel: 'v6.12' },
    operations: [
      plug('d', 512),
      ...[32, 33, 34, 35].map((id) => state(id, 'online_movable')),
      { op: 'obstruct', name: 'o', block: 35, pages: 1 },
      write('/sys/devices/system/memory/hard_offline_page', '0x108145000'),
      eject('PNP0C80:00'),
    ],
  },
  {
    name: 'online_movable of a block below the highest kernel zone: it stays (seed 3013, v3.10)',
    description: { kernel: 'v3.10' },
    operations: [state(7, 'offline'), state(7, 'online_movable')],
  },
  {
    name: 'a boot block that System RAM does not cover: kernels of 2012 reserve its holes (seeds 3002 of v3.10, 3037 of rfc9)',
    description: {
      kernel: 'v3.10',
      ram: [{ start: 0, end: 305 * MIB, node: 0 }],
    },
    operations: [state(2, 'offline')],
  },
  {
    name: 'online_movable above Movable: its span ends below its start (seeds 3007 and 3029, v3.10)',
    description: { kernel: 'v3.10' },
    operations: [
      plug('d', 128),
      state(32, 'online_movable'),
      plug('e', 256),
      state(34, 'online_movable'),
      state(34, 'offline'),
      { op: 'unplug', id: 'e' },
    ],
  },
  {
    name: 'online_kernel of a block below kernel memory: the rest of the zone leaves its span (seed 4002, v3.10)',
    description: { kernel: 'v3.10' },
    operations: [
      plug('d', 512),
      state(35, 'online_movable'),
      state(35, 'offline'),
      plug('e', 256),
      state(35, 'online_kernel'),
      { op: 'unplug', id: 'e' },
      { op: 'unplug', id: 'd' },
    ],
  },
  {
    name: 'removing online memory where the arch removes none: EAGAIN, before the arch is asked (seed 3032, v3.10)',
    description: {
      arch: 's390x',
      kernel: 'v3.10',
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: { sclp: { standby: [{ start: 32 * GIB, end: 33 * GIB }] } },
    },
    operations: [
      state(128, 'online'),
      { op: 'remove', start: 32 * GIB, end: 32 * GIB + 256 * MIB },
    ],
  },
  {
    name: 'eject of a device that is gone: its file is, too (seed 4049, v3.10)',
    description: { kernel: 'v3.10' },
    operations: [plug('d', 128), { op: 'unplug', id: 'd' }, eject('PNP0C80:00')],
  },
  {
    name: 'a device whose _EJ0 does nothing stays without its memory (seed 4036, rfc9)',
    description: {
      kernel: 'rfc9',
      drivers: { acpi: { slots: 3, devices: [{ slot: 0, faults: { ej0: 'ignored' } }] } },
    },
    operations: [plug('d', 256), { op: 'unplug', id: 'd' }],
  },
  {
    name: 'boot memory that goes leaves the pages of its struct pages free (seed 15, v7.2)',
    description: { kernel: 'v7.2' },
    operations: [state(14, 'offline'), { op: 'remove', start: 1792 * MIB, end: 1920 * MIB }],
  },
  {
    name: 'a device behind memory that ends within a section of two nodes (seed 15, rfc9)',
    description: {
      kernel: 'rfc9',
      ram: [
        { start: 0, end: GIB, node: 0 },
        { start: 4 * GIB, end: 4 * GIB + 6 * MIB, node: 0 },
        { start: 4 * GIB + 6 * MIB, end: 4 * GIB + 134 * MIB, node: 1 },
      ],
    },
    operations: [plug('d', 256), eject('PNP0C80:00')],
  },
  {
    name: 'a poisoned page of virtio-mem that is not plugged is withheld again, and can be plugged (seed 2104803)',
    description: {
      drivers: virtioMem(64 * MIB),
    },
    operations: [
      state(512, 'online_movable'),
      write('/sys/devices/system/memory/hard_offline_page', '0x1005000000'),
      state(512, 'offline'),
      state(512, 'online_kernel'),
      { op: 'request', id: 'vm0', kib: 128 * 1024 },
    ],
  },
  {
    name: 'memory of two nodes that is removed at once leaves the node of the lower online, as the kernel does (seed 662760020)',
    operations: [
      { op: 'add', start: 64 * GIB, end: 65 * GIB, node: 1 },
      { op: 'add', start: 65 * GIB, end: 66 * GIB, node: 0 },
      { op: 'remove', start: 64 * GIB, end: 66 * GIB },
    ],
  },
  {
    name: 'a leaf of boot stays where no page is left for the table that would split it (seed 785681868)',
    description: { ram: [{ start: 0, end: GIB, node: 0 }] },
    operations: [
      state(5, 'offline'),
      ...[512, 256, 64, 8, 1, 1 / 16, 1 / 256].flatMap((mib) =>
        Array.from({ length: 16 }, (_, i): SimOperation => {
          const name = `o${mib}-${i}`
          return { op: 'allocate', name, as: 'kernel', node: 0, mib, policy: 'bind' }
        }),
      ),
      { op: 'remove', start: 640 * MIB, end: 768 * MIB },
    ],
  },
  {
    name: 'a leaf of boot stays as memory goes that went and came before (seed 515052049)',
    description: {
      arch: 's390x',
      archOptions: { edat: 2 },
      drivers: { sclp: { standby: [] } },
    },
    operations: [
      { op: 'offline-and-remove', start: GIB, end: GIB + 256 * MIB },
      { op: 'add', start: GIB, end: GIB + 256 * MIB, node: 1 },
      { op: 'remove', start: GIB, end: GIB + 256 * MIB },
    ],
  },
  {
    name: 'a block that comes online has its device of virtio-mem try again, in blocks that stay online (seed 730441974)',
    description: {
      kernel: 'v6.1.82',
      archOptions: { structPageBytes: 72 },
      cmdline: 'memhp_default_state=online',
      ram: [
        { start: 0, end: 160 * MIB, node: 0 },
        { start: 160 * MIB, end: 325 * MIB, node: 1 },
      ],
      drivers: virtioMem(GIB),
    },
    operations: [
      { op: 'plugv', id: 'vm1', node: 1, max_mib: 128, requested_mib: 0 },
      fails('MEM_GOING_OFFLINE', 'EAGAIN'),
      { op: 'plugv', id: 'vm2', node: 1, max_mib: 1024, requested_mib: 1024 },
      { operation: { op: 'request', id: 'vm2', kib: 0 }, fault: { index: 7, errno: 'EPERM' } },
      { op: 'inject', event: 'MEM_GOING_OFFLINE', errno: 0 },
      { op: 'plugv', id: 'vm3', node: 1, max_mib: 300, requested_mib: 64 },
      state(36, 'offline'),
      state(36, 'online_kernel'),
    ],
  },
  {
    name: 'a device of virtio-mem gives one block back and takes another in one step (seed 847060462)',
    description: {
      kernel: 'v7.3',
      cmdline: 'memhp_default_state=online_kernel',
      drivers: { 'virtio-mem': {} },
    },
    operations: [
      { op: 'plugv', id: 'vm0', node: 1, max_mib: 128, requested_mib: 128 },
      { op: 'plugv', id: 'vm1', node: 1, max_mib: 512, requested_mib: 256 },
      state(33, 'offline'),
      fails('MEM_GOING_OFFLINE', 'ENOMEM'),
      { op: 'request', id: 'vm1', kib: 0 },
      { op: 'inject', event: 'MEM_GOING_OFFLINE', errno: 0 },
      { op: 'request', id: 'vm1', kib: 4096 },
    ],
  },
]

describe('what simulations once found', () => {
  test.each(REGRESSIONS.map((each) => [each.name, each] as const))(
    '%s',
    (_, { description, operations }) => {
      const steps = operations.map((each) => ('operation' in each ? each : { operation: each }))
      replaySteps({ description: { ...GUEST, ...description }, steps, plugins: PLUGINS })
    },
  )
})

/** Where the memory of node 1 begins and ends: within sections, which it shares with node 0 or has alone. */
const EDGES = [
  [64, 100],
  [64, 128],
  [2080, 2176],
  [2112, 2176],
  [2112, 2304],
  [2112, 3072],
].flatMap((edge) => [2 ** 20, 2 ** 20 + 4096].map((unit) => edge.map((each) => each * unit)))

test.each(EDGES)(
  'boot leaves no more free than is managed, where nodes share a section: node 1 is %i to %i (simulation seed 45)',
  (from = 0, to = 0) => {
    const ram = [
      { start: 0, end: from, node: 0 },
      { start: from, end: to, node: 1 },
    ]
    const machine = makeGuest({ ram })
    for (const { zones } of machine.state.memory.nodes.values()) {
      const sum = (pages: (zone: Zone) => number): number =>
        zones.reduce((total, zone) => total + pages(zone), 0)
      const free = sum((zone) => zone.free.freePages + zone.perCpu.length)
      expect(free).toBeLessThanOrEqual(sum((zone) => zone.managedPages))
    }
    checkInvariants(machine)
  },
)

describe('what is refused leaves nothing', () => {
  // 4 M leaves, which are undone and counted a table at a time.
  test.each([
    ['8 TiB in leaves of 2 MiB', { archOptions: { gbpages: false } }, 8 * 2 ** 20],
    [
      '1 PiB in leaves of 1 GiB, on five levels',
      { archOptions: { levels: 5, gbpages: true } },
      2 ** 30,
    ],
  ] as const)('a device of %s', (_, description, mib) => {
    const session = openSession(makeGuest(description))
    const { machine } = session
    perform(session, { op: 'plug', id: 'd', mib, node: 0 })
    settle(machine)
    checkInvariants(machine)
    expect(machine.tree.lookup('/sys/devices/system/memory/memory32')).toBeUndefined()
  })

  test('huge pages beyond all memory', () => {
    const machine = makeGuest({})
    const wanted = { nodeId: nodeId(0), order: 9, count: 2 ** 40 }
    const { separated } = machine.state.memory.sections
    const before = separated.size
    expect(() => reserveHugePages(machine, wanted)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
    )
    expect(separated.size).toBe(before)
  })
})

test('blocks that virtio-mem adds belong to a device whose memory grows: seed 3 of x86_64', () => {
  const run = (): unknown => simulate({ seed: 3, steps: 60, arch: 'x86_64', plugins: PLUGINS })
  expect(run).not.toThrow()
})

test('a restore is not blamed for what a listener does as it hears of it: seed 121 of s390x', () => {
  const restore: SimStep = {
    operation: { op: 'restore', name: 'remembered' },
    callback: { by: 'listener', call: 0, act: state(32, 'online') },
  }
  const before = [plug('d', 128), { op: 'snapshot', name: 'remembered' } as const]
  const steps = [...before.map((operation) => ({ operation })), restore]
  const { machine } = replaySteps({ description: GUEST, steps, plugins: PLUGINS })
  expect(machine.tree.read('/sys/devices/system/memory/memory32/state')).toBe('online\n')
})
