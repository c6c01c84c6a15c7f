// With its dialect, clients read, describe, rehearse and simulate a firmware that memhp does not know.
import { x86_64 } from '@memhp/arch-x86'
import {
  type Capture,
  captureTree,
  collectCapture,
  parseCapture,
  serialiseCapture,
} from '@memhp/capture'
import { simulate } from '@memhp/conformance'
import { createMachine, GIB, type Machine, platformOf, SUBSYSTEMS, settle } from '@memhp/core'
import { rehearse } from '@memhp/rehearsal'
import { knownOfCapture, readTopology } from '@memhp/topology'
import { twinOf } from '@memhp/twin'
import { expect, test } from 'vitest'
import { trayDriver } from './tray'
import { trayDialect } from './tray-dialect'

const PLUGINS = { archs: [x86_64], drivers: [trayDriver], subsystems: SUBSYSTEMS } as const
const dialects = [trayDialect]

/** A machine with a tray of 1 GiB in Movable. */
function machineWithTray(): Machine {
  const machine = createMachine(
    {
      arch: 'x86_64',
      cmdline: 'memhp_default_state=online_movable',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      drivers: { tray: { slots: 2 } },
    },
    PLUGINS,
  )
  platformOf(machine, 'tray').plug(machine, { id: 'left', sizeBytes: GIB, node: 0 })
  settle(machine)
  return machine
}

/** What a capture of the machine says once it was written and read. */
async function captureOf(machine: Machine): Promise<Capture> {
  const capture = await collectCapture(machine.tree, { tool: 'example', arch: 'x86_64', dialects })
  return parseCapture(serialiseCapture(capture), { dialects })
}

test('a reading of the machine names the tray and its blocks', async () => {
  const { devices } = await readTopology(machineWithTray().tree, { dialects })
  expect(devices.map(({ name, path, blocks }) => [name, path, blocks.length])).toEqual([
    ['tray0', 'left', 8],
  ])
})

test('the twin of a captured machine has its tray, from which a rehearsal removes all', async () => {
  const capture = await captureOf(machineWithTray())
  const host = await readTopology(captureTree(capture), { ...knownOfCapture(capture), dialects })
  const { machine } = await twinOf(capture, PLUGINS, { dialects, host })
  const goal = { kind: 'device', devices: ['tray0'] } as const
  const { outcome, balance, after } = await rehearse(machine, host, goal, { dialects })
  expect(outcome).toBe('removed')
  expect(balance.rows.filter(({ balanced }) => !balanced)).toEqual([])
  expect(balance.rows.find(({ what }) => what === 'lines of its firmware')).toMatchObject({
    before: 1,
    after: 0,
  })
  expect(after.devices).toMatchObject([{ driver: 'tray', firmware: { state: null } }])
})

test('a simulation draws machines with trays and asks for them', () => {
  const runs = [1, 2, 3].map((seed) => simulate({ seed, steps: 40, plugins: PLUGINS, dialects }))
  const drivers = runs.flatMap(({ description }) => Object.keys(description.drivers ?? {}))
  expect(drivers).toEqual(['tray', 'tray', 'tray'])
  const written = runs.flatMap(({ steps }) =>
    steps.flatMap(({ operation }) => ('path' in operation ? operation.path : [])),
  )
  expect(written).toContain('/sys/firmware/tray/eject')
})
