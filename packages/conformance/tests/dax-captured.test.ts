// Machines with dax devices as a capture shows them: their twins show the same, and go on as they would.
import { captureTree, collectCapture } from '@memhp/capture'
import { createMachine, GENERATIONS, GIB, type LocalTree, type Machine, MIB } from '@memhp/core'
import type { DaxRegionConfig } from '@memhp/driver-dax-kmem'
import { checkInvariants } from '@memhp/invariants'
import { twinOf } from '@memhp/twin'
import { describe, expect, test } from 'vitest'
import { PLUGINS } from './plugins'

const DEVICES = '/sys/bus/dax/devices'
const KMEM = '/sys/bus/dax/drivers/kmem'
const MEMORY = '/sys/devices/system/memory'
const RELEASES: Readonly<Record<string, string>> = { 'v6.1': '6.1.192', 'v7.3': '7.3.4' }

const regions: readonly DaxRegionConfig[] = [
  { start: 4 * GIB, sizeBytes: 512 * MIB, node: 1, driver: 'kmem' },
  { start: 5 * GIB + 16 * MIB, sizeBytes: 512 * MIB, node: 1, driver: 'none' },
  { start: 6 * GIB, sizeBytes: 512 * MIB, node: 1, driver: 'kmem', kind: 'persistent' },
]

const makeMachine = (kernel: string): Machine =>
  createMachine(
    {
      arch: 'x86_64',
      kernel,
      cmdline: 'memory_hotplug.memmap_on_memory=1',
      autoOnlineBlocks: 'online_movable',
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ram: [{ start: 0, end: GIB, node: 0 }],
      files: { '/proc/sys/kernel/osrelease': `${RELEASES[kernel]}\n` },
      drivers: { 'dax-kmem': { regions } },
    },
    { ...PLUGINS, kernels: GENERATIONS },
  )

/** What the files show of devices and their memory. */
function shown(tree: LocalTree): Readonly<Record<string, readonly string[]>> {
  const devices = tree.list(DEVICES).map((name) => {
    const files = ['size', 'resource', 'target_node', 'memmap_on_memory', 'state']
    const there = files.filter((file) => tree.lookup(`${DEVICES}/${name}/${file}`) !== undefined)
    const texts = there.map((file) => `${file} ${tree.read(`${DEVICES}/${name}/${file}`).trim()}`)
    return [name, tree.readlink(`${DEVICES}/${name}`), ...texts].join(' ')
  })
  const blocks = tree
    .list(MEMORY)
    .filter((name) => /^memory(?:3[2-9]|[4-9]\d)$/.test(name))
    .map((name) => `${name} ${tree.read(`${MEMORY}/${name}/state`).trim()}`)
  const lines = tree
    .read('/proc/iomem')
    .split('\n')
    .filter((line) => /dax|kmem|Soft|hmem|Persist/.test(line))
  const bound = tree.list(DEVICES).flatMap((name) => {
    const link = `${DEVICES}/${name}/driver`
    return tree.lookup(link) === undefined ? [] : `${name} ${tree.readlink(link)}`
  })
  return { devices, blocks, lines, bound }
}

const twin = async (machine: Machine): Promise<Machine> => {
  const capture = await collectCapture(machine.tree, { tool: 'test', arch: 'x86_64' })
  // The capture by itself reads as the machine does.
  expect(shown(captureTree(capture))).toEqual(shown(machine.tree))
  const { machine: made } = await twinOf(capture, { ...PLUGINS, kernels: GENERATIONS })
  checkInvariants(made)
  return made
}

const WRITES: readonly (readonly [path: string, text: string])[] = [
  [`${MEMORY}/memory33/state`, 'offline'],
  [`${KMEM}/unbind`, 'dax0.0'],
  [`${MEMORY}/memory32/state`, 'offline'],
  [`${KMEM}/new_id`, 'dax0.0'],
  [`${KMEM}/new_id`, 'dax1.0'],
  [`${MEMORY}/memory49/state`, 'offline'],
  [`${MEMORY}/memory50/state`, 'offline'],
  [`${MEMORY}/memory51/state`, 'offline'],
  [`${KMEM}/unbind`, 'dax2.0'],
]

describe.each(['v6.1', 'v7.3'])('a machine of %s with dax devices', (kernel) => {
  test('has a twin that shows the same, after each of some writes', async () => {
    const machine = makeMachine(kernel)
    for (const [path, text] of WRITES) {
      const made = await twin(machine)
      expect(made.generation.name).toBe(kernel)
      expect(shown(made.tree)).toEqual(shown(machine.tree))
      for (const each of [machine, made]) each.tree.write(path, text)
      expect(shown(made.tree), text).toEqual(shown(machine.tree))
    }
  })
})
