import { x86_64 } from '@memhp/arch-x86'
import {
  createMachine,
  GIB,
  KERNELS,
  type Machine,
  MIB,
  platformOf,
  poisonPage,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { describe, expect, it } from 'vitest'
import { groupBlocks, readTopology } from '../src/index'

const PLUGINS = { archs: [x86_64], drivers: [acpiDriver], subsystems: SUBSYSTEMS, kernels: KERNELS }

/** Two nodes of a gigabyte, and a plugged device of half a gigabyte on the second. */
function machineWithDevice(kernel = 'v6.1'): Machine {
  const machine = createMachine(
    {
      arch: 'x86_64',
      kernel,
      nodes: [
        { id: 0, cpus: [0, 1] },
        { id: 1, cpus: [] },
      ],
      ram: [
        { start: 0, end: GIB, node: 0 },
        { start: GIB, end: 2 * GIB, node: 1 },
      ],
      drivers: { acpi: { slots: 2 } },
    },
    PLUGINS,
  )
  platformOf(machine, 'acpi').plug(machine, { id: 'dimm0', sizeBytes: GIB / 2, node: 1 })
  settle(machine)
  return machine
}

describe('readTopology of a machine', () => {
  it('sees nodes, blocks and zones as the machine holds them', async () => {
    const machine = machineWithDevice()
    const topology = await readTopology(machine.tree)
    expect(topology).toMatchObject({
      pageBytes: 4096,
      pageBytesFrom: 'node-meminfo',
      blockBytes: 128 * MIB,
    })
    expect(topology.nodes.map(({ id, cpus }) => [id, cpus])).toEqual([
      [0, [0, 1]],
      [1, []],
    ])
    expect(topology.zones.map(({ node, name }) => `${node}/${name}`)).toEqual([
      ...machine.state.memory.zones.keys(),
    ])
    for (const zone of topology.zones) {
      const held = machine.state.memory.zones.get(`${zone.node}/${zone.name}`)
      expect(zone).toMatchObject({
        spannedPages: held?.spannedPages,
        presentPages: held?.presentPages,
        managedPages: held?.managedPages,
      })
    }
  })

  it('sees of which nodes pages failed, where the kernel counts them', async () => {
    const failuresOf = async (kernel: string): Promise<readonly unknown[]> => {
      const machine = machineWithDevice(kernel)
      poisonPage(machine, (1.5 * GIB) / 4096)
      return (await readTopology(machine.tree)).nodes.map(({ pageFailures }) => pageFailures)
    }
    expect(await failuresOf('v6.12')).toEqual([0, 1])
    expect(await failuresOf('v6.1')).toEqual([undefined, undefined])
  })

  it('sees a plugged device, its blocks and the way that they go online', async () => {
    const machine = machineWithDevice()
    const before = await readTopology(machine.tree)
    const [device] = before.devices.filter(({ present }) => present)
    expect(device).toMatchObject({ driver: 'acpi', status: 15, ejectable: true, nodes: [1] })
    expect(device?.ranges).toEqual([{ start: 4 * GIB, end: 4.5 * GIB }])
    expect(device?.blocks).toEqual([32, 33, 34, 35])
    machine.tree.write('/sys/devices/system/memory/memory32/state', 'online_movable')
    const after = await readTopology(machine.tree)
    expect(after.blocks.find(({ id }) => id === 32)).toMatchObject({
      state: 'online',
      zones: { kind: 'in', name: 'Movable' },
      device: device?.name,
    })
    expect(after.totals.movableBytes).toBe(128 * MIB)
  })

  it('reads 8192 blocks of a machine of a terabyte', async () => {
    const { tree } = createMachine(
      {
        arch: 'x86_64',
        blockSizeBytes: 128 * MIB,
        nodes: [{ id: 0, cpus: [0] }],
        ram: [{ start: 0, end: 1024 * GIB, node: 0 }],
      },
      PLUGINS,
    )
    const topology = await readTopology(tree)
    expect(topology.blocks).toHaveLength(8192)
    expect(groupBlocks(topology.blocks).length).toBeLessThan(5)
  }, 30_000)
})
