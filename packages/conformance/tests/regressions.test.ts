// What simulations once found, as the few steps that show it. Seeds are of no use here: they mean other steps
// whenever something is drawn differently.
import { GIB, type MachineDescription, MIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { replaySteps, type SimOperation } from '../src/index'
import { GUEST } from './machines'
import { PLUGINS } from './plugins'

interface Regression {
  readonly name: string
  readonly description?: Partial<MachineDescription>
  readonly operations: readonly SimOperation[]
}

const state = (id: number, text: string): SimOperation => ({
  op: 'write',
  path: `/sys/devices/system/memory/memory${id}/state`,
  text,
})
const plug = (id: string, sizeBytes: number, node = 0): SimOperation => ({
  op: 'plug',
  id,
  sizeBytes,
  node,
})

const REGRESSIONS: readonly Regression[] = [
  {
    name: 'kernel memory in Movable: offlining went round for ever',
    operations: [
      plug('d', GIB),
      state(32, 'online_movable'),
      { op: 'obstruct', block: 32 },
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
    operations: [plug('d', GIB), state(40, 'online_kernel'), state(40, 'offline')],
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
    operations: [plug('d', GIB), { op: 'unplug', id: 'd' }],
  },
  {
    name: 'a device over memory that somebody else added in part: the line of /proc/iomem stays',
    operations: [
      { op: 'add', start: 4 * GIB, end: 4 * GIB + 256 * MIB, node: 1 },
      plug('d', 384 * MIB),
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
    operations: [
      plug('d', GIB),
      { op: 'inject', event: 'MEM_GOING_ONLINE', errno: 'ENOMEM' },
      state(40, 'online_kernel'),
    ],
  },
  {
    name: 'a device over sections that a failed add left behind: EEXIST, so that it claims memory of nobody',
    description: { ram: [{ start: 0, end: 128 * MIB, node: 0 }] },
    operations: [
      { op: 'fill', name: 'o', kind: 'kernel', pageCount: 20_000, node: 0, policy: 'prefer' },
      plug('d', 4 * GIB),
      { op: 'unplug', id: 'd' },
      { op: 'drop', name: 'o' },
      plug('e', GIB),
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
      plug('d', 2 * GIB),
      state(8, 'offline'),
      { op: 'inject', event: 'MEM_GOING_ONLINE', errno: 'ENOMEM' },
      { op: 'inject', event: 'MEM_GOING_OFFLINE', errno: 'EAGAIN' },
      { op: 'write', path: '/sys/kernel/dlpar', text: 'memory remove count 4' },
    ],
  },
]

describe('what simulations once found', () => {
  test.each(REGRESSIONS.map((each) => [each.name, each] as const))(
    '%s',
    (_, { description, operations }) => {
      const steps = operations.map((operation) => ({ operation }))
      replaySteps({ description: { ...GUEST, ...description }, steps, plugins: PLUGINS })
    },
  )
})
