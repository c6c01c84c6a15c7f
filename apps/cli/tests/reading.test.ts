// What a tree says, and what it does not: a listing, a capture, a twin and a rehearsal say the same of it.
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MEMORY, NODE, range, TWO_NODES, treeOf } from './block-host'
import { runCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

interface ShownBlock {
  readonly id: number
  readonly nodes: readonly number[]
  readonly zone: string | null
}

async function listed(source: readonly string[]): Promise<{
  readonly machine: Readonly<Record<string, unknown>>
  readonly blocks: readonly ShownBlock[]
  readonly notes: readonly { readonly kind: string; readonly message: string }[]
}> {
  return JSON.parse((await runCli(['list', '--json', '--blocks', ...source])).stdout)
}

async function captured(sysroot: string): Promise<string> {
  const file = join(await temporaryFolder(), 'host.json')
  const run = await runCli(['capture', '--sysroot', sysroot, '--arch', 'x86_64', '-o', file])
  expect(run.code).toBe(0)
  return file
}

const nodesOf = (blocks: readonly ShownBlock[]): Record<number, string> =>
  Object.fromEntries(blocks.map(({ id, nodes }) => [id, nodes.join()]))

describe('the nodes of blocks', () => {
  it.each([
    ['links on both sides', TWO_NODES],
    ['links in the node directories only', { ...TWO_NODES, links: 'nodes' as const }],
    ['links in the block directories only', { ...TWO_NODES, links: 'blocks' as const }],
    ['a list of nodes that ends in NUL', { ...TWO_NODES, more: { [`${NODE}/online`]: '0-1\n\0' } }],
    ['a list of nodes', { ...TWO_NODES, more: { [`${NODE}/online`]: '0-1\n' } }],
    [
      'nodes without blocks of their links, beside a CPU list',
      { ...TWO_NODES, links: 'blocks' as const, more: { [`${NODE}/node1/cpulist`]: '1\n' } },
    ],
  ])('are the same in listing, capture and rehearsal with %s', async (_, host) => {
    const sysroot = await writeSysroot(treeOf(host))
    const file = await captured(sysroot)
    const ofFolder = nodesOf((await listed(['--sysroot', sysroot])).blocks)
    expect(ofFolder).toMatchObject({ 0: '0', 7: '0', 32: '1', 39: '1' })
    expect(nodesOf((await listed([file])).blocks)).toEqual(ofFolder)
    const { code, stdout } = await runCli(['rehearse', file, '--remove-node', '1', '--json'])
    const { plan } = JSON.parse(stdout)
    expect([code, plan.blocks.length]).toEqual([0, 8])
    expect(new Set(plan.blocks.map(({ nodes }: ShownBlock) => nodes.join()))).toEqual(
      new Set(['1']),
    )
  })

  it('are unknown for a block that names none, and for no other', async () => {
    const nodes = { ...range(9, 12, 0), ...range(13, 16, 1) }
    const sysroot = await writeSysroot(
      treeOf({ blocks: range(8, 16, 'DMA32'), nodes, links: 'blocks' }),
    )
    const { stdout } = await runCli(['list', '--sysroot', sysroot])
    const rows = stdout.split('\n').filter((line) => line.startsWith('0x'))
    expect(rows.map((row) => row.split(/ {2,}/).slice(4, 6))).toEqual([
      ['-', '8'],
      ['0', '9-12'],
      ['1', '13-16'],
    ])
    const file = await captured(sysroot)
    expect(nodesOf((await listed([file])).blocks)[8]).toBe('')
    const run = await runCli(['rehearse', file, '--remove-blocks', '13'])
    expect([run.code, run.stderr]).not.toContain(70)
    expect(run.stdout).toContain('memory8: no file tells its node')
  })

  it('of a block of two nodes are an equal part each where no zone tells, and that is assumed', async () => {
    const more = {
      [`${MEMORY}/memory3/node1`]: '-> ../../node/node1',
      [`${NODE}/node1/memory3`]: '-> ../../memory/memory3',
    }
    const file = await captured(await writeSysroot(treeOf({ ...TWO_NODES, more })))
    expect(nodesOf((await listed(['--capture', file])).blocks)[3]).toBe('0,1')
    const { code, stdout } = await runCli(['rehearse', file, '--remove-blocks', '38-39'])
    expect(code).toBe(0)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'memory3 is of nodes 0 and 1, and no zone tells where each has its memory: equal parts are assumed.',
    )
    const shared = await runCli(['rehearse', file, '--remove-blocks', '3', '--json'])
    const { outcome, plan, doubt } = JSON.parse(shared.stdout)
    expect([shared.code, outcome, doubt]).toEqual([1, 'refused', null])
    expect(plan.prediction.reasons[0]).toMatchObject({ kind: 'mixed-zones' })
  })

  it('of an offline block are one, whichever side links to it', async () => {
    const more = {
      [`${MEMORY}/memory3/state`]: 'offline\n',
      [`${MEMORY}/memory3/node1`]: '-> ../../node/node1',
    }
    const file = await captured(await writeSysroot(treeOf({ ...TWO_NODES, more })))
    const { code, stdout } = await runCli(['rehearse', file, '--remove-blocks', '38'])
    expect(code).toBe(0)
    expect(stdout).toContain('memory3: it is offline, and so of one node')
  })

  it('of a memory directory alone are those that its blocks name', async () => {
    const sysroot = await writeSysroot(
      treeOf({ blocks: range(0, 7, 'Normal'), nodes: range(0, 7, 0), links: 'blocks' }),
    )
    const notes = await runCli(['list', '--notes', '--sysroot', sysroot])
    expect(notes.stderr).not.toContain('No NUMA')
    expect(notes.stderr).toContain('Nodes are those that the memory blocks name')
    const nodes = await runCli(['show', 'node', '--sysroot', sysroot])
    expect([nodes.code, nodes.stdout.split('\n')[1]]).toEqual([
      0,
      expect.stringMatching(/^ +0 +yes/),
    ])
    const run = await runCli(['capture', '--sysroot', sysroot, '-o', '-'])
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('Try: --arch NAME')])
  })
})

const ZONES = { Normal: { managed: 200_000, present: 262_144, start: 0 } }

interface Zone {
  readonly managed: number
  readonly present: number
  readonly start: number
  readonly free?: number
}

const zoneinfo = (zones: Readonly<Record<string, Zone>>): string =>
  Object.entries(zones)
    .map(([name, { managed, present, start, free = 1000 }]) =>
      [
        `Node 0, zone ${name.padStart(8)}`,
        `  pages free     ${free}`,
        `        spanned  ${present}`,
        `        present  ${present}`,
        `        managed  ${managed}`,
        `  start_pfn:           ${start}`,
        '',
      ].join('\n'),
    )
    .join('')

describe('the size of a page', () => {
  it.each([
    [2, 'blocks'],
    [4, 'blocks'],
    [1, 'meminfo'],
  ])('is not told from a MemTotal of %i times what is managed', async (factor, from) => {
    const meminfo = `MemTotal: ${200_000 * 4 * factor} kB\nMemFree: 4000 kB\n`
    const more = { '/proc/meminfo': meminfo, '/proc/zoneinfo': zoneinfo(ZONES) }
    const sysroot = await writeSysroot(treeOf({ blocks: range(0, 7, 'Normal'), more }))
    const { machine } = await listed(['--sysroot', sysroot])
    expect(machine).toMatchObject({ pageBytes: 4096, pageBytesFrom: from })
    expect(machine.bases).toMatchObject({ pageBytes: { kind: 'derived' } })
    const ofCapture = (await listed([await captured(sysroot)])).machine
    expect(ofCapture).toMatchObject({ pageBytes: 4096, pageBytesFrom: 'architecture' })
  })
})

describe('evidence', () => {
  it.each([
    ['the crash kernel', '  10000000-13ffffff : Crash kernel'],
    ['the kernel image', '  10000000-11ffffff : Kernel code'],
  ])('keeps a block of %s: plan and run agree', async (_, line) => {
    const more = { '/proc/iomem': `00000000-3fffffff : System RAM\n${line}\n` }
    const tree = treeOf({ blocks: { 0: 'none', ...range(1, 7, 'DMA32') }, more })
    const file = await captured(await writeSysroot(tree))
    const run = await runCli(['rehearse', file, '--remove-blocks', '2', '--json'])
    const { outcome, plan, doubt } = JSON.parse(run.stdout)
    expect([run.code, outcome, doubt]).toEqual([1, 'refused', null])
    expect(plan.prediction).toMatchObject({ outcome: 'refuses', confidence: 'certain' })
  })

  it('of removable 0 keeps a block, probably, and is told', async () => {
    const more = {
      '/proc/version': 'Linux version 4.12.14\n',
      [`${MEMORY}/memory6/removable`]: '0\n',
    }
    const tree = treeOf({ blocks: { 0: 'none', ...range(1, 7, 'DMA32') }, more })
    const file = await captured(await writeSysroot(tree))
    const run = await runCli(['rehearse', file, '--remove-blocks', '6'])
    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(/refuses, probably/)
    expect(run.stdout).toContain('The host itself calls memory6 not removable')
  })

  it('of removable 0 makes no assumed page of the one that boot reserved in the block', async () => {
    const more = {
      '/proc/version': 'Linux version 4.12.14\n',
      [`${MEMORY}/memory7/removable`]: '0\n',
    }
    const tree = treeOf({ blocks: { 0: 'none', ...range(1, 7, 'DMA32') }, more })
    const file = await captured(await writeSysroot(tree))
    const run = await runCli(['rehearse', file, '--remove-blocks', '7', '--json'])
    const { outcome, plan, doubt } = JSON.parse(run.stdout)
    expect([run.code, outcome, doubt]).toEqual([1, 'refused', null])
    expect(plan.prediction).toMatchObject({ outcome: 'refuses', confidence: 'likely' })
  })

  it('that is missing leaves a guess: a twin that goes against it proves nothing', async () => {
    const pages = 262_144
    const zones = { DMA32: { managed: pages, present: pages, start: 0, free: 100_000 } }
    const more = { '/proc/zoneinfo': zoneinfo(zones) }
    const tree = treeOf({ blocks: range(0, 7, 'DMA32'), nodes: range(0, 7, 0), more })
    const file = await captured(await writeSysroot(tree))
    const args = ['rehearse', file, '--remove-blocks', '6']
    const { code, stdout, stderr } = await runCli(args)
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('The plan guesses that memory6 refuses'),
    ])
    expect(stdout).toContain('Whether memory6 can go is not known.')
    const { outcome, doubt } = JSON.parse((await runCli([...args, '--json'])).stdout)
    expect([outcome, doubt]).toEqual(['contradicted', { kind: 'guess-contradicted', blocks: [6] }])
  })

  it('of valid_zones of old kernels is kept: the zone first, and those that it may move to', async () => {
    const sysroot = await writeSysroot(treeOf({ blocks: { 0: 'Normal', 1: 'Normal Movable' } }))
    const { blocks } = await listed(['--sysroot', sysroot])
    expect(blocks.map(({ zone }) => zone)).toEqual(['Normal', 'Normal'])
    expect(blocks[1]).toMatchObject({ candidateZones: ['Movable'] })
    expect((await runCli(['list', '--sysroot', sysroot])).stdout).toContain('Normal/Movable')
  })
})

it('a tree without valid_zones and zoneinfo has unknown zones, not reserved memory', async () => {
  const sysroot = await writeSysroot(treeOf({ blocks: range(0, 7, ''), nodes: range(0, 7, 0) }))
  const { blocks } = await listed(['--sysroot', sysroot])
  expect(new Set(blocks.map(({ zone }) => zone))).toEqual(new Set([null]))
  const file = await captured(sysroot)
  const run = await runCli(['rehearse', file, '--remove-blocks', '5', '--json'])
  const { plan, assumptions } = JSON.parse(run.stdout)
  expect(plan.prediction).toMatchObject({ outcome: 'goes', confidence: 'uncertain' })
  expect(assumptions.join(' ')).toMatch(
    /memory1-7: no file tells its zone: it is taken to be DMA32/,
  )
})

it('a zone that boot memory cannot be in is told and not believed', async () => {
  const file = await captured(await writeSysroot(treeOf({ blocks: range(0, 7, 'Normal') })))
  const run = await runCli(['rehearse', file, '--remove-blocks', '5'])
  expect(run.code).not.toBe(70)
  expect(run.stdout.replace(/\s+/g, ' ')).toContain(
    'memory1-7: valid_zones reads Normal, and boot memory at its address is in DMA32',
  )
})

it('a block that was going offline is listed so, and its twin, which takes it to be online, says it', async () => {
  const more = { [`${MEMORY}/memory5/state`]: 'going-offline\n' }
  const sysroot = await writeSysroot(treeOf({ ...TWO_NODES, more }))
  const file = await captured(sysroot)
  for (const source of [['--sysroot', sysroot], [file]])
    expect((await listed(source)).blocks[5]).toMatchObject({ id: 5, state: 'going-offline' })
  const { stdout } = await runCli(['rehearse', file, '--remove-blocks', '32', '--json'])
  expect(JSON.parse(stdout).assumptions.join(' ')).toContain(
    'memory5: it was going offline, and is taken to be online.',
  )
})

it('pages of a node that failed are in a capture', async () => {
  const more = { [`${NODE}/node1/memory_failure/total`]: '3\n' }
  const sysroot = await writeSysroot(treeOf({ ...TWO_NODES, more }))
  for (const source of [['--sysroot', sysroot], [await captured(sysroot)]]) {
    const told = async (node: string): Promise<string> =>
      (await runCli(['show', 'node', node, ...source])).stdout
    expect(await told('1')).toMatch(/^Pages that failed: +3$/m)
    expect(await told('0')).not.toContain('failed')
  }
})

it('contradictions are told with their place', async () => {
  const more = {
    [`${NODE}/node0/cpulist`]: '0-1\n',
    [`${NODE}/node1/cpulist`]: '1\n',
    [`${NODE}/node0/memory99`]: '-> ../../memory/memory99',
    [`${NODE}/node0/meminfo`]: 'Node 0 MemTotal:  1024 kB\nNode 0 MemFree:  2048 kB\n',
    [`${NODE}/node0/hugepages/hugepages-2048kB/nr_hugepages`]: '512\n',
    [`${NODE}/node0/hugepages/hugepages-2048kB/free_hugepages`]: '0\n',
    [`${MEMORY}/memory2/online`]: '0\n',
    '/proc/meminfo': 'MemTotal: 1024 kB\nMemFree: 2048 kB\n',
  }
  const file = await captured(await writeSysroot(treeOf({ ...TWO_NODES, more })))
  const { notes } = await listed([file])
  const told = notes.filter(({ kind }) => kind === 'contradiction') as unknown as { path: string }[]
  expect(told.map(({ path }) => path).sort()).toEqual(
    [
      `${MEMORY}/memory2/online`,
      `${NODE}/node0/hugepages/hugepages-2048kB/nr_hugepages`,
      `${NODE}/node0/meminfo`,
      `${NODE}/node0/memory99`,
      `${NODE}/node1/cpulist`,
      '/proc/meminfo',
    ].sort(),
  )
  const run = await runCli(['rehearse', file, '--remove-blocks', '39'])
  expect(run.stdout.replace(/\s+/g, ' ')).toContain('CPU 1 is on nodes 0 and 1')
})

it.each([
  ['the device', { device: true, block: false }],
  ['its blocks', { device: false, block: true }],
  ['both', { device: true, block: true }],
])(
  'a device has the same blocks in listing and rehearsal where %s has the links',
  async (_, links) => {
    const device = '/sys/devices/LNXSYSTM:00/PNP0C80:00'
    const more: Record<string, string> = {
      '/sys/bus/acpi/devices/PNP0C80:00': '-> ../../../devices/LNXSYSTM:00/PNP0C80:00',
      [`${device}/hid`]: 'PNP0C80\n',
      [`${device}/status`]: '15\n',
      [`${device}/eject`]: '',
    }
    for (const [i, id] of [38, 39].entries()) {
      const link = `-> ../../system/memory/memory${id}`
      if (links.device) more[`${device}/physical_node${i === 0 ? '' : i}`] = link
      if (links.block)
        more[`${MEMORY}/memory${id}/firmware_node`] = '-> ../../../LNXSYSTM:00/PNP0C80:00'
    }
    const sysroot = await writeSysroot(treeOf({ ...TWO_NODES, more }))
    await chmod(join(sysroot, device, 'eject'), 0o200)
    const file = await captured(sysroot)
    const shown = await runCli(['show', 'device', 'PNP0C80:00', '--json', file])
    expect(JSON.parse(shown.stdout).device.blocks).toEqual([38, 39])
    const { code, stdout } = await runCli(['rehearse', file, '--remove', 'PNP0C80:00', '--json'])
    const { outcome } = JSON.parse(stdout)
    expect([code, outcome]).toEqual([0, 'removed'])
  },
)

it('memory that no block covers is left out at once, however much of it iomem names', async () => {
  const more = { '/proc/iomem': '00000000-ffffffffffffffff : System RAM\n' }
  const file = await captured(await writeSysroot(treeOf({ ...TWO_NODES, more })))
  const { code, stdout } = await runCli(['rehearse', file, '--remove-blocks', '39', '--json'])
  const { assumptions } = JSON.parse(stdout)
  expect([0, 1]).toContain(code)
  expect(assumptions).toContainEqual(expect.stringMatching(/^memory8-31: there is memory/))
  expect(assumptions).toContainEqual(expect.stringMatching(/^memory40-\d+: there is memory/))
})

it('a device that only its blocks name is one in listing and rehearsal, and what is not known of it is told', async () => {
  const more = Object.fromEntries(
    [38, 39].map((id) => [
      `${MEMORY}/memory${id}/firmware_node`,
      '-> ../../../LNXSYSTM:00/PNP0C80:00',
    ]),
  )
  const sysroot = await writeSysroot(treeOf({ ...TWO_NODES, more }))
  const file = await captured(sysroot)
  for (const source of [
    ['--sysroot', sysroot],
    ['--capture', file],
  ]) {
    const shown = await runCli(['show', 'device', 'PNP0C80:00', '--json', ...source])
    expect(JSON.parse(shown.stdout).device).toMatchObject({
      blocks: [38, 39],
      present: true,
      ejectable: null,
      status: null,
    })
  }
  const { code, stdout } = await runCli(['rehearse', file, '--remove', 'PNP0C80:00', '--json'])
  const { outcome, plan, assumptions } = JSON.parse(stdout)
  expect([code, outcome, plan.blocks.length]).toEqual([0, 'removed', 2])
  expect(assumptions).toContain(
    'No file of PNP0C80:00 is known: it is taken to have one that ejects it.',
  )
})

it.each(['Device', 'Elsewhere'])(
  'a block in zone %s, which has none, is in the zone of its address, and that is told',
  async (zone) => {
    const file = await captured(
      await writeSysroot(treeOf({ ...TWO_NODES, blocks: { ...TWO_NODES.blocks, 5: zone } })),
    )
    const { code, stdout } = await runCli(['rehearse', file, '--remove-blocks', '5'])
    expect([0, 1]).toContain(code)
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      `memory5: valid_zones reads ${zone}, which has no memory blocks: its zone is taken to be DMA32, by its address.`,
    )
  },
)
