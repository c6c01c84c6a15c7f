import { x86_64 } from '@memhp/arch-x86'
import {
  type BlockId,
  blockId,
  createMachine,
  fingerprint,
  GIB,
  type Machine,
  offlineBlock,
  onlineBlock,
  platformOf,
  settle,
} from '@memhp/core'
import { blockRange, firstObstacle } from '@memhp/core/inspect'
import { acpiDriver } from '@memhp/driver-acpi'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { withoutRoomIn } from '../src/replay/shields'

const BLOCKS: readonly BlockId[] = [32, 33, 34, 35].map(blockId)

function plug(machine: Machine, id: string, sizeBytes: number): void {
  platformOf(machine, 'acpi').plug(machine, { id, sizeBytes, node: 1 })
  settle(machine)
}

/** A guest whose second node has nothing but a DIMM of four blocks, online for the kernel. */
function guest(): Machine {
  const machine = createMachine(
    {
      arch: 'x86_64',
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: { acpi: {} },
    },
    { archs: [x86_64], drivers: [acpiDriver] },
  )
  plug(machine, 'dimm0', GIB / 2)
  for (const id of BLOCKS) onlineBlock(machine, id, 'online_kernel')
  return machine
}

/** Blocks of the DIMM with something that cannot move. */
const hosts = (machine: Machine): readonly BlockId[] =>
  BLOCKS.filter((id) => firstObstacle(machine, blockRange(machine, id)) !== undefined)

describe('what describes added memory', () => {
  test('lies in a block of its node, and elsewhere where that is shielded', () => {
    const free = guest()
    plug(free, 'dimm1', GIB)
    const [host, ...others] = hosts(free)
    expect([host, others]).toEqual([expect.any(Number), []])
    const shielded = guest()
    withoutRoomIn(shielded, host === undefined ? [] : [host], () => plug(shielded, 'dimm1', GIB))
    checkInvariants(shielded)
    expect(hosts(shielded)).not.toContain(host)
    expect(hosts(shielded)).toHaveLength(1)
    offlineBlock(shielded, host ?? blockId(32))
  })

  test('is in boot memory where all of the node is shielded', () => {
    const machine = guest()
    withoutRoomIn(machine, BLOCKS, () => plug(machine, 'dimm1', GIB))
    expect(hosts(machine)).toEqual([])
  })
})

test('a shield leaves the machine as it was, also where what is done in it fails, and blocks are offline or gone', () => {
  const machine = guest()
  offlineBlock(machine, blockId(33))
  const before = fingerprint(machine)
  const blocks = [...BLOCKS, blockId(99)]
  expect(() =>
    withoutRoomIn(machine, blocks, () => {
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(fingerprint(machine)).toBe(before)
})
