import { captureTree, fromFlatView } from '@memhp/capture'
import { describe, expect, it } from 'vitest'
import { readTopology } from '../src/index'
import { endOf, type Recording, recordings } from './recordings'

const all = recordings()

const blockIdsIn = (view: Recording['boot']): number[] =>
  Object.keys(view)
    .flatMap((key) => /\/memory(\d+)\/state$/.exec(key)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)

/** What must be true of the topology of any recorded state. */
async function checkStart(recording: Recording): Promise<void> {
  const { boot: view, arch } = recording
  const topology = await readTopology(captureTree(fromFlatView(recording)))
  const ids = blockIdsIn(view)
  expect(topology.blocks.map(({ id }) => id)).toEqual(ids)
  expect(topology.pageBytes).toBe(arch.startsWith('ppc64le') ? 65_536 : 4096)
  // In 3.10 a node's MemTotal counts present pages: where boot kept some of them, it does not tell the size of a page.
  const isOld = recording.kernel.startsWith('3.10.')
  // Without NUMA there are no nodes, and some recordings leave out MemTotal.
  const hasNodes = Object.hasOwn(view, '/sys/devices/system/node/online')
  const sources = hasNodes ? ['node-meminfo', ...(isOld ? ['blocks'] : [])] : ['meminfo', 'blocks']
  expect(sources).toContain(topology.pageBytesFrom)
  expect(topology.release).toBe(recording.kernel)
  for (const block of topology.blocks) {
    const directory = `/sys/devices/system/memory/memory${block.id}`
    expect(block.state).toBe(view[`${directory}/state`])
    expect(block.start).toBe(
      Number.parseInt(`${view[`${directory}/phys_index`]}`, 16) * topology.blockBytes,
    )
    const zones = view[`${directory}/valid_zones`]
    const names = { in: 'name' in block.zones ? block.zones.name : '', mixed: 'none', unknown: '' }
    expect(
      block.zones.kind === 'candidates' ? block.zones.names.join(' ') : names[block.zones.kind],
    ).toBe(zones ?? '')
    const links = Object.keys(view).filter((key) => key.startsWith(`${directory}/node`))
    expect(block.nodes.map((id) => `${directory}/node${id}`)).toEqual(links.sort())
    expect(block.device).toBe(view[`${directory}/firmware_node`]?.split('/').at(-1) ?? null)
  }
  for (const device of topology.devices) {
    const text = view[`/sys/bus/acpi/devices/${device.name}/status`]
    const status = text === undefined ? null : Number(text)
    const present = status === null ? device.blocks.length > 0 : status === 15
    expect(device).toMatchObject({ status, present, ejectable: true })
    for (const id of device.blocks) {
      expect(topology.blocks.find((block) => block.id === id)?.device).toBe(device.name)
    }
  }
  // Present pages of all zones lie in online blocks.
  const present = topology.zones.reduce((sum, zone) => sum + zone.presentPages, 0)
  expect(present * topology.pageBytes).toBeLessThanOrEqual(topology.totals.onlineBytes)
}

describe('a recorded kernel', () => {
  it.each(all.map((recording) => [recording.name, recording] as const))(
    '%s is read as it was, at boot and at its end',
    async (_, recording) => {
      await checkStart(recording)
      await checkStart({ ...recording, boot: endOf(recording) })
    },
  )
})
