// Where the kernel places what describes memory of virtio-mem, as seen in the page tables of guests of 6.12.117, 7.2.13 and 7.3.4; and
// what of that is in the way, and when it goes.
import { x86_64 } from '@memhp/arch-x86'
import {
  blockId,
  createMachine,
  expireTimers,
  GENERATIONS,
  GIB,
  injectNotifierError,
  type Machine,
  MIB,
  onlineBlock,
  placeUnmovablePage,
  resizableDevices,
  resizableOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { virtioMemDriver } from '@memhp/driver-virtio-mem'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'

const guest = (kernel: string, autoOnlineBlocks = 'online_kernel'): Machine =>
  createMachine(
    {
      arch: 'x86_64',
      kernel,
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
      autoOnlineBlocks,
      drivers: { 'virtio-mem': { devices: [{ id: 'vm0', maxBytes: 2 * GIB }] } },
    },
    {
      archs: [x86_64],
      drivers: [virtioMemDriver],
      kernels: GENERATIONS,
      subsystems: SUBSYSTEMS,
    },
  )

function resize(machine: Machine, mib: number): void {
  resizableOf(machine).resize(machine, { id: 'vm0', bytes: mib * MIB })
  settle(machine)
  checkInvariants(machine)
}

/** Uevents of blocks, in order: `remove 33`. */
const eventsOf = (machine: Machine, act: () => void): readonly string[] => {
  const before = machine.state.journal.uevents.length
  act()
  return machine.state.journal.uevents
    .slice(before)
    .map(({ action, devpath }) => `${action} ${devpath.slice(devpath.lastIndexOf('/memory') + 7)}`)
}

/** First pages of what is taken for struct pages from now on. */
function placesOf(machine: Machine): number[] {
  const places: number[] = []
  machine.observe(
    (event) => {
      if (event.kind === 'frames-allocated' && event.use === 'memmap') places.push(event.pfn)
    },
    { kinds: ['frames-allocated'] },
  )
  return places
}

describe('struct pages of blocks that are added', () => {
  /** Where those of block 33 are, in MiB of block 32, which had them at its start, after all but a page was given back and plugged again. */
  const placeAfterRefill = (name: string): number => {
    const machine = guest(name)
    resize(machine, 256)
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(32)) })
    resize(machine, 0)
    resize(machine, 128)
    const found = placesOf(machine)
    resize(machine, 256)
    return ((found[0] ?? 0) * 4096) / MIB - 32 * 128
  }

  test('are in what was freed last; of pageblocks that the kernel had before, where these keep their type', () => {
    expect([placeAfterRefill('v6.12'), placeAfterRefill('v7.3')]).toEqual([124, 0])
  })

  test('are not in what of a block is plugged later as long as there is memory that was freed', () => {
    const machine = guest('v7.3')
    resize(machine, 192)
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(32)) })
    resize(machine, 0)
    resize(machine, 192)
    const places = placesOf(machine)
    resize(machine, 1024)
    const blocks = new Set(places.map((page) => Math.floor((page * 4096) / (128 * MIB))))
    expect(places.length).toBe(6)
    expect([...blocks]).toEqual([32])
  })
})

describe('what does not go', () => {
  test('goes at once where what described a removed block was in the way', () => {
    const machine = guest('v7.3', 'offline')
    resize(machine, 256)
    onlineBlock(machine, blockId(33), 'online_kernel')
    resize(machine, 128)
    machine.tree.write('/sys/devices/system/memory/auto_online_blocks', 'online_kernel')
    resize(machine, 256)
    // What describes block 32 is in block 33, of which all else goes before it.
    expect(eventsOf(machine, () => resize(machine, 0))).toEqual([
      'offline 32',
      'remove 32',
      'offline 33',
      'remove 33',
    ])
  })

  test('are blocks that a notifier keeps; then those of movable zones go first', () => {
    const machine = guest('v7.3')
    resize(machine, 256)
    machine.tree.write('/sys/devices/system/memory/auto_online_blocks', 'online_movable')
    resize(machine, 512)
    injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'ENOMEM' })
    resize(machine, 0)
    // What describes the three others is in block 32.
    expect(resizableDevices(machine)[0]?.sizeBytes).toBe(6 * MIB)
    injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: null })
    const events = eventsOf(machine, () => {
      expireTimers(machine)
      settle(machine)
    })
    expect(events.filter((event) => event.startsWith('remove'))).toEqual([
      'remove 34',
      'remove 35',
      // What describes block 33 is in block 32.
      'remove 33',
      'remove 32',
    ])
  })
})
