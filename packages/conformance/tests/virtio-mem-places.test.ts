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
import { eventsOf } from './machines'

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
  /** Where those are that the last of three sizes needs, in MiB, after all of the first but a page was given back for the second. */
  const placesAfterRefill = (
    kernel: string,
    [first, again, last]: readonly [number, number, number],
  ): readonly number[] => {
    const machine = guest(kernel)
    resize(machine, first)
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(32)) })
    resize(machine, 0)
    resize(machine, again)
    const places = placesOf(machine)
    resize(machine, last)
    return places.map((page) => (page * 4096) / MIB)
  }

  test('are in what was freed last; of pageblocks that the kernel had before, where these keep their type', () => {
    // Those of block 33, within block 32, which had them at its start.
    const within = (kernel: string): number =>
      (placesAfterRefill(kernel, [256, 128, 256])[0] ?? 0) - 32 * 128
    expect([within('v6.12'), within('v7.3')]).toEqual([124, 0])
  })

  test('are not in what of a block is plugged later as long as there is memory that was freed', () => {
    const places = placesAfterRefill('v7.3', [192, 192, 1024])
    const blocks = new Set(places.map((mib) => Math.floor(mib / 128)))
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
