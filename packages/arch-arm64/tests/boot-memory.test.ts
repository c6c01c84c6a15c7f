// Boot memory never goes offline: what refuses it, and what refuses before.
import {
  addMemory,
  blockId,
  createMachine,
  GIB,
  isHotplugError,
  KERNELS,
  type Machine,
  MIB,
  nodeId,
  physAddr,
  type RamDescription,
  SUBSYSTEMS,
} from '@memhp/core'
import { expect, test } from 'vitest'
import { aarch64 } from '../src/index'

const boot = (ram: readonly RamDescription[]): Machine =>
  createMachine(
    { arch: 'aarch64', nodes: [{ id: 0, cpus: [0] }], ram: [...ram] },
    { archs: [aarch64], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )

const whole: readonly RamDescription[] = [{ start: GIB, end: 2 * GIB, node: 0 }]

/** The errno of a write to `state`; undefined where it succeeds. */
function errnoOf(machine: Machine, id: number, text: string): string | undefined {
  try {
    machine.tree.write(`/sys/devices/system/memory/memory${blockId(id)}/state`, text)
    return undefined
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return error.errno
  }
}

test('a block of boot memory is refused with EPERM, says so in the log, and comes back', () => {
  const machine = boot(whole)
  expect(errnoOf(machine, 9, 'offline')).toBe('EPERM')
  expect(machine.state.journal.log.map(({ text }) => text)).toContain(
    'Boot memory [48000000 50000000] offlining attempted',
  )
  expect(machine.tree.read('/sys/devices/system/memory/memory9/state')).toBe('online\n')
  expect(machine.tree.read('/sys/devices/system/memory/memory9/removable')).toBe('1\n')
})

test('what cannot go for another reason is refused for that: holes with EINVAL, pages that stay with EBUSY', () => {
  const holes = boot([
    { start: GIB, end: GIB + 100 * MIB, node: 0 },
    { start: GIB + 101 * MIB, end: 2 * GIB, node: 0 },
  ])
  expect(errnoOf(holes, 8, 'offline')).toBe('EINVAL')
  expect(errnoOf(holes, 9, 'offline')).toBe('EPERM')
  // The last block holds what boot reserved.
  expect(errnoOf(boot(whole), 15, 'offline')).toBe('EBUSY')
})

test('a notifier that is made to fail is asked later: its module is loaded when the kernel has its own', () => {
  const machine = createMachine(
    { arch: 'aarch64', nodes: [{ id: 0, cpus: [0] }], ram: [...whole] },
    { archs: [aarch64], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )
  const actions = '/sys/kernel/debug/notifier-error-inject/memory/actions'
  machine.tree.write(`${actions}/MEM_GOING_OFFLINE/error`, '-5')
  expect(errnoOf(machine, 9, 'offline')).toBe('EPERM')
  const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 128 * MIB) }
  addMemory(machine, { range, nodeId: nodeId(0) })
  expect(errnoOf(machine, 32, 'online')).toBeUndefined()
  expect(errnoOf(machine, 32, 'offline')).toBe('EIO')
})

test('added memory goes', () => {
  const machine = boot(whole)
  const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 128 * MIB) }
  addMemory(machine, { range, nodeId: nodeId(0) })
  expect(errnoOf(machine, 32, 'online_movable')).toBeUndefined()
  expect(errnoOf(machine, 32, 'offline')).toBeUndefined()
})

test.each([
  ['v6.12', undefined],
  ['v7.3', 'EPERM'],
])('a block with its own struct pages, in %s: %s', (kernel, errno) => {
  const machine = createMachine(
    {
      arch: 'aarch64',
      kernel,
      cmdline: 'memory_hotplug.memmap_on_memory=1 memhp_default_state=offline',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [...whole],
    },
    { archs: [aarch64], drivers: [], kernels: KERNELS, subsystems: SUBSYSTEMS },
  )
  const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 256 * MIB) }
  addMemory(machine, { range, nodeId: nodeId(0), memmapOnMemory: true })
  expect(errnoOf(machine, 32, 'online_movable')).toBeUndefined()
  expect(errnoOf(machine, 32, 'offline')).toBe(errno)
  if (errno !== undefined)
    expect(machine.state.journal.log.at(-1)?.text).toBe(
      '[100200000 108000000] splits a leaf entry in vmemmap',
    )
})

test('memory below the linear map cannot be added', () => {
  const range = { start: physAddr(0), end: physAddr(128 * MIB) }
  expect(() => addMemory(boot(whole), { range, nodeId: nodeId(0) })).toThrow(
    /exceeds maximum addressable range \[0x40000000-/,
  )
})
