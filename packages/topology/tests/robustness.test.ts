import { HotplugError } from '@memhp/core'
import { describe, expect, it } from 'vitest'
import { groupBlocks, readTopology, resourcesIn } from '../src/index'
import { type TreeTexts, textTree } from './text-tree'

const MEMORY = '/sys/devices/system/memory'
const NODE = '/sys/devices/system/node'
const ACPI = '/sys/bus/acpi/devices'

/** Two online blocks of 128 MiB and nothing else. */
const BARE: TreeTexts = {
  [`${MEMORY}/block_size_bytes`]: '8000000\n',
  [`${MEMORY}/memory0/state`]: 'online\n',
  [`${MEMORY}/memory1/state`]: 'online\n',
}

const notedPaths = (topology: { readonly notes: readonly { readonly path: string }[] }): string[] =>
  topology.notes.map(({ path }) => path)

describe('readTopology', () => {
  it('reads a folder that holds almost nothing, and notes each gap once', async () => {
    const topology = await readTopology(textTree(BARE))
    expect(topology.blocks).toHaveLength(2)
    expect(topology.blocks[1]).toEqual({
      id: 1,
      start: 0x800_0000,
      end: 0x1000_0000,
      state: 'online',
      zones: { kind: 'unknown' },
      nodes: [],
      removable: null,
      device: null,
      physDevice: null,
      contents: null,
    })
    expect(topology).toMatchObject({
      pageBytes: 4096,
      pageBytesFrom: 'assumed',
      nodes: [],
      devices: [],
    })
    expect(topology).toMatchObject({ zones: [], iomem: null, firmwareMap: null })
    expect(notedPaths(topology)).toEqual([
      `${MEMORY}/memory0/valid_zones`,
      '/proc/zoneinfo',
      '/proc/meminfo',
      '/proc/zoneinfo',
      '/proc/iomem',
      NODE,
      '/proc/buddyinfo',
      '/proc/cmdline',
    ])
    expect(topology.notes[0]).toMatchObject({ kind: 'absent', count: 2 })
  })

  it('says of each fact what it rests on, with the blocks and nodes of which that holds', async () => {
    const { bases } = await readTopology(
      textTree({
        ...BARE,
        '/proc/sys/kernel/osrelease': '6.1.0\n',
        [`${MEMORY}/memory0/valid_zones`]: 'Normal\n',
        [`${MEMORY}/memory1/node1`]: '-> ../../node/node1',
        [`${MEMORY}/memory2/online`]: '1\n',
        [`${MEMORY}/memory4/removable`]: '1\n',
        [`${NODE}/node0/memory0`]: '-> ../../memory/memory0',
        [`${NODE}/node0/cpulist`]: '0\n',
      }),
    )
    expect(bases).toMatchObject({
      arch: { kind: 'unknown' },
      release: { kind: 'known', path: '/proc/sys/kernel/osrelease' },
      pageBytes: { kind: 'assumed' },
      kernelParameters: { kind: 'unknown' },
      possibleNodes: { kind: 'derived' },
    })
    const [byState, byOnline] = [`${MEMORY}/memory*/state`, `${MEMORY}/memory*/online`]
    expect(bases.blocks.state).toEqual([
      { kind: 'known', path: byState, ids: '0-1' },
      { kind: 'known', path: byOnline, ids: '2' },
      { kind: 'unknown', ids: '4' },
    ])
    expect(bases.blocks.zones).toEqual([
      { kind: 'known', path: `${MEMORY}/memory*/valid_zones`, ids: '0' },
      { kind: 'unknown', ids: '1-2,4' },
    ])
    expect(bases.blocks.nodes).toEqual([
      { kind: 'known', path: `${NODE}/node*/memory*`, ids: '0' },
      { kind: 'known', path: `${MEMORY}/memory*/node*`, ids: '1' },
      { kind: 'unknown', ids: '2,4' },
    ])
    expect(bases.nodes.online).toEqual([
      { kind: 'derived', why: 'the node has a directory', ids: '0' },
      { kind: 'derived', why: 'memory blocks name the node', ids: '1' },
    ])
    expect(bases.nodes.cpus.map(({ kind, ids }) => [kind, ids])).toEqual([
      ['known', '0'],
      ['unknown', '1'],
    ])
  })

  it('refuses a tree without memory blocks and says why', async () => {
    const reading = readTopology(textTree({ '/proc/iomem': '' }))
    await expect(reading).rejects.toMatchObject({ code: 'NO_SUCH_FILE', errno: 'ENOENT' })
  })

  it('refuses a block size that is not a number', async () => {
    const reading = readTopology(textTree({ ...BARE, [`${MEMORY}/block_size_bytes`]: '128M\n' }))
    await expect(reading).rejects.toMatchObject({ code: 'BAD_NUMBER' })
  })

  it('leaves out blocks beyond what a number holds, and says so', async () => {
    const path = `${MEMORY}/memory99999999`
    const topology = await readTopology(textTree({ ...BARE, [`${path}/state`]: 'online' }))
    expect(topology.blocks.map(({ id }) => id)).not.toContain(99_999_999)
    expect(topology.notes).toContainEqual(expect.objectContaining({ kind: 'contradiction', path }))
  })

  it.each(['state/x', 'state'])(
    'believes `online` where `state` is not a state: %s',
    async (name) => {
      const { [`${MEMORY}/memory1/state`]: _, ...rest } = BARE
      const texts = { [`${MEMORY}/memory1/${name}`]: 'a\n', [`${MEMORY}/memory1/online`]: '0\n' }
      const { blocks } = await readTopology(textTree({ ...rest, ...texts }))
      expect(blocks.map(({ state }) => state)).toEqual(['online', 'offline'])
    },
  )

  it('places blocks by their number where the first is not memory0', async () => {
    const topology = await readTopology(
      textTree({
        [`${MEMORY}/block_size_bytes`]: '8000000',
        [`${MEMORY}/memory32/state`]: 'offline',
        [`${MEMORY}/memory32/valid_zones`]: 'Movable Normal\n',
        [`${MEMORY}/memory32/node1`]: '-> ../../node/node1',
        [`${MEMORY}/memory33/state`]: 'online',
        [`${MEMORY}/memory33/valid_zones`]: 'Normal\n',
        [`${MEMORY}/memory33/node1`]: '-> ../../node/node1',
      }),
    )
    expect(topology.blocks.map(({ start }) => start)).toEqual([2 ** 32, 2 ** 32 + 2 ** 27])
    expect(topology.blocks.map(({ nodes }) => nodes)).toEqual([[1], [1]])
    expect(topology.blocks[0]?.zones).toEqual({ kind: 'candidates', names: ['Movable', 'Normal'] })
    expect(topology.blocks[1]?.zones).toEqual({ kind: 'in', name: 'Normal' })
  })

  it('tells an unreadable file from an absent one', async () => {
    const topology = await readTopology(textTree({ ...BARE, '/proc/iomem': null }))
    const note = topology.notes.find(({ path }) => path === '/proc/iomem')
    expect(note).toMatchObject({ kind: 'unreadable' })
    expect(note?.message).toContain('EACCES')
  })

  it('keeps a block whose directory cannot be listed, as one of which nothing else is known', async () => {
    const tree = textTree({ ...BARE, [`${NODE}/node1/memory1`]: '-> ../../memory/memory1' })
    const list = (path: string): readonly string[] => {
      if (path === `${MEMORY}/memory1`) throw new HotplugError('NOT_READABLE', 'EACCES', path)
      return tree.list(path)
    }
    const { blocks, bases, notes } = await readTopology({ ...tree, list })
    expect(blocks.map(({ id, state, zones, nodes }) => [id, state, zones.kind, nodes])).toEqual([
      [0, 'online', 'unknown', []],
      [1, 'unknown', 'unknown', [1]],
    ])
    expect(bases.blocks.state).toContainEqual({ kind: 'unknown', ids: '1' })
    expect(notes).toContainEqual({
      kind: 'unreadable',
      path: `${MEMORY}/memory1`,
      message: 'The files of the block are unknown. (EACCES when it was read)',
      count: 1,
    })
  })

  it('leaves out what is a block but for its name, and says so', async () => {
    const tree = textTree({ ...BARE, [`${MEMORY}/memory01/state`]: 'offline\n' })
    const { blocks, notes } = await readTopology(tree)
    expect(blocks.map(({ id, state }) => [id, state])).toEqual([
      [0, 'online'],
      [1, 'online'],
    ])
    const message = 'The kernel gives no block such a name: it is left out.'
    const path = `${MEMORY}/memory01`
    expect(notes).toContainEqual({ kind: 'contradiction', path, message, count: 1 })
  })

  it('takes masked addresses of /proc/iomem for what they are', async () => {
    const iomem = '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n'
    const topology = await readTopology(textTree({ ...BARE, '/proc/iomem': iomem }))
    expect(topology.iomem).toBeNull()
    expect(topology.notes).toContainEqual(expect.objectContaining({ kind: 'masked' }))
  })

  it('passes on what is not a refusal of the tree', async () => {
    const tree = {
      ...textTree(BARE),
      read: () => {
        throw new TypeError('a bug')
      },
    }
    await expect(readTopology(tree)).rejects.toThrow(TypeError)
  })

  it('leaves out a block that goes away while it is read', async () => {
    const tree = textTree({ ...BARE, [`${MEMORY}/memory2/state`]: 'online' })
    const gone = (path: string): boolean => path.startsWith(`${MEMORY}/memory2`)
    const topology = await readTopology({
      ...tree,
      read: (path) => {
        if (gone(path)) throw new HotplugError('NO_SUCH_FILE', 'ENOENT', path)
        return tree.read(path)
      },
      lookup: (path) => (gone(path) ? undefined : tree.lookup(path)),
    })
    expect(topology.blocks.map(({ id }) => id)).toEqual([0, 1])
  })

  it('calls a state word of another kernel unknown', async () => {
    const topology = await readTopology(
      textTree({ ...BARE, [`${MEMORY}/memory1/state`]: 'ERROR-UNKNOWN-7\n' }),
    )
    expect(topology.blocks[1]?.state).toBe('unknown')
    expect(topology.totals.onlineBlocks).toBe(1)
  })

  it('believes no list of nodes longer than any kernel has', async () => {
    const node = '/sys/devices/system/node'
    const { nodes, notes } = await readTopology(
      textTree({ ...BARE, [`${node}/online`]: '0-9999\n', [`${node}/node0/cpulist`]: '0-99999\n' }),
    )
    expect(nodes.map(({ id, cpus }) => [id, cpus])).toEqual([[0, null]])
    const malformed = notes.filter(({ kind }) => kind === 'malformed').map(({ message }) => message)
    expect(malformed).toContainEqual(
      expect.stringContaining('is not a number below 1024 or a range of them'),
    )
    expect(malformed).toContainEqual(expect.stringContaining('below 8192'))
  })

  it('finds a device’s blocks through its own links where blocks have none', async () => {
    const topology = await readTopology(
      textTree({
        ...BARE,
        [`${ACPI}/PNP0C80:00/status`]: '15\n',
        [`${ACPI}/PNP0C80:00/path`]: '\\_SB_.MHPC.MP00\n',
        [`${ACPI}/PNP0C80:00/eject`]: '',
        [`${ACPI}/PNP0C80:00/physical_node`]: '-> ../../../../system/memory/memory0',
        [`${ACPI}/PNP0C80:00/physical_node1`]: '-> ../../../../system/memory/memory1',
        [`${ACPI}/PNP0C80:01/status`]: '0\n',
        [`${ACPI}/PNP0A03:00/status`]: '15\n',
      }),
    )
    expect(topology.devices).toEqual([
      {
        name: 'PNP0C80:00',
        driver: 'acpi',
        path: '\\_SB_.MHPC.MP00',
        status: 15,
        present: true,
        ejectable: true,
        drcIndex: null,
        nodes: [],
        blocks: [0, 1],
        ranges: [{ start: 0, end: 2 ** 28 }],
      },
      expect.objectContaining({ name: 'PNP0C80:01', status: 0, present: false, blocks: [] }),
    ])
  })

  it('reads distances of online nodes and keeps nodes without memory', async () => {
    const topology = await readTopology(
      textTree({
        ...BARE,
        [`${NODE}/online`]: '0,2\n',
        [`${NODE}/possible`]: '0-3\n',
        [`${NODE}/has_memory`]: '0\n',
        [`${NODE}/has_normal_memory`]: '0\n',
        [`${NODE}/node0/cpulist`]: '0-1\n',
        [`${NODE}/node0/distance`]: '10 21\n',
        [`${NODE}/node0/meminfo`]: 'Node 0 MemTotal:  1024 kB\nNode 0 MemFree:  512 kB\n',
        [`${NODE}/node0/memory0`]: '-> ../../memory/memory0',
        [`${NODE}/node0/memory1`]: '-> ../../memory/memory1',
        [`${NODE}/node2/cpulist`]: '\n',
        [`${NODE}/node2/distance`]: '21 10\n',
      }),
    )
    expect(topology.possibleNodes).toEqual([0, 1, 2, 3])
    expect(topology.nodes).toEqual([
      {
        id: 0,
        online: true,
        cpus: [0, 1],
        hasMemory: true,
        hasNormalMemory: true,
        distances: [
          { to: 0, distance: 10 },
          { to: 2, distance: 21 },
        ],
        memTotalBytes: 2 ** 20,
        memFreeBytes: 2 ** 19,
        blocks: [0, 1],
      },
      expect.objectContaining({
        id: 2,
        hasMemory: false,
        cpus: [],
        memTotalBytes: null,
        blocks: [],
      }),
    ])
    expect(topology.blocks.every(({ nodes }) => nodes.length === 1)).toBe(true)
  })

  it('hands on what the caller knows of a block’s pages', async () => {
    const contents = { counts: { free: 3, slab: 1 }, freeChunks: [1, 1] }
    const topology = await readTopology(textTree(BARE), {
      contents: (block) => (block === 1 ? contents : undefined),
    })
    expect(topology.blocks.map((block) => block.contents)).toEqual([null, contents])
  })

  it('asks no more of a big machine than four things a block', async () => {
    const texts: Record<string, string> = { [`${MEMORY}/block_size_bytes`]: '8000000\n' }
    for (let id = 0; id < 8192; id++) {
      const directory = `${MEMORY}/memory${id}`
      texts[`${directory}/state`] = 'online\n'
      texts[`${directory}/valid_zones`] = 'Movable\n'
      texts[`${directory}/removable`] = '1\n'
      texts[`${directory}/phys_device`] = '0\n'
      texts[`${NODE}/node0/memory${id}`] = '-> ../../memory/memory0'
    }
    const tree = textTree(texts)
    const topology = await readTopology(tree)
    expect(topology.totals.movableBytes).toBe(8192 * 2 ** 27)
    expect(groupBlocks(topology.blocks)).toHaveLength(1)
    expect(tree.reads.length).toBeLessThan(8192 * 3 + 100)
  })
})

describe('resourcesIn', () => {
  const iomem = [
    {
      start: 0,
      end: 100,
      name: 'System RAM',
      children: [{ start: 10, end: 20, name: 'Crash kernel', children: [] }],
    },
  ]

  it('finds what meets a range, and in what it lies', () => {
    expect(
      resourcesIn(iomem, { start: 15, end: 30 }).map(({ resource, within }) => [
        resource.name,
        within,
      ]),
    ).toEqual([
      ['System RAM', []],
      ['Crash kernel', ['System RAM']],
    ])
    expect(resourcesIn(iomem, { start: 20, end: 30 })).toHaveLength(1)
    expect(resourcesIn(iomem, { start: 100, end: 130 })).toEqual([])
  })
})
