// What lsmem prints of a tree and what `memhp list --like` does, text for text. lsmem of the machine is compared where it is of a release
// that is spoken; MEMHP_LSMEM names another one, as a script that runs it.
import { execFileSync, spawnSync } from 'node:child_process'
import { hostTree } from '@memhp/host'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { columnsOf, parseColumns } from '../src/lsmem/column'
import { readBlocks } from '../src/lsmem/read-blocks'
import { LSMEM_VERSIONS } from '../src/lsmem/version'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

const LSMEM = process.env.MEMHP_LSMEM ?? 'lsmem'
const { stdout, error } = spawnSync(LSMEM, ['--version'], { encoding: 'utf8' })
const release = error === undefined ? /util-linux (\d+\.\d+)/.exec(stdout)?.[1] : undefined
const isSpoken = release === '2.38' || release === '2.42'

interface DrawnBlock {
  readonly id: number
  /** Undefined for a file that is not there. */
  readonly state: string | undefined
  readonly removable: string | undefined
  readonly zones: string | undefined
  readonly nodes: readonly number[]
}

interface DrawnTree {
  readonly blockBytes: number
  readonly blocks: readonly DrawnBlock[]
  /** Of /sys/firmware/memory: undefined without it. */
  readonly storage:
    | ReadonlyMap<number, { readonly config: string; readonly memmap: string }>
    | undefined
  readonly parameter: string | undefined
}

const orAbsent = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(values, { nil: undefined, freq: 8 })

const WORDS = ['DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device', 'none', 'Frobnicated']

/** Neighbours are often alike, so that ranges are long. */
const runOfBlocks = fc.record({
  length: fc.integer({ min: 1, max: 5 }),
  gap: fc.constantFrom(0, 0, 0, 1, 7),
  state: orAbsent(
    fc.constantFrom('online', 'online', 'offline', 'going-offline', 'frozen', ' online'),
  ),
  removable: orAbsent(fc.constantFrom('0', '1', '1', ' 1', '10', 'x', '')),
  zones: orAbsent(
    fc.array(fc.constantFrom(...WORDS), { maxLength: 10 }).map((words) => words.join(' ')),
  ),
  nodes: fc.constantFrom([], [0], [0], [1], [12], [0, 1]),
})

const storageOf = fc.record({
  config: fc.constantFrom('1', '1', '0'),
  memmap: fc.constantFrom('0', '1'),
})

const trees: fc.Arbitrary<DrawnTree> = fc
  .record({
    first: fc.constantFrom(0, 0, 0, 3, 100),
    bits: fc.integer({ min: 12, max: 36 }),
    odd: fc.constantFrom(1, 1, 1, 3, 5),
    runs: fc.array(runOfBlocks, { minLength: 1, maxLength: 6 }),
    storage: fc.option(fc.array(storageOf, { minLength: 40, maxLength: 40 }), { nil: undefined }),
    parameter: orAbsent(fc.constantFrom('Y', 'N', 'force', '?', '')),
  })
  .map(({ first, bits, odd, runs, storage, parameter }) => {
    const blocks: DrawnBlock[] = []
    let id = first
    for (const { length, gap, ...like } of runs) {
      for (let n = 0; n < length; n++) blocks.push({ id: id++, ...like })
      id += gap
    }
    const configured = storage?.flatMap((each, at) =>
      // What is configured has a block; lsmem ends with an error where it does not.
      each.config === '0' || blocks.some((block) => block.id === at) ? [[at, each] as const] : [],
    )
    return {
      blockBytes: odd * 2 ** bits,
      blocks,
      storage: configured === undefined ? undefined : new Map(configured),
      parameter,
    }
  })

const MEMORY = '/sys/devices/system/memory'

function textsOf({ blockBytes, blocks, storage, parameter }: DrawnTree): Record<string, string> {
  const texts: Record<string, string> = {
    [`${MEMORY}/block_size_bytes`]: `${blockBytes.toString(16)}\n`,
  }
  const put = (path: string, text: string | undefined): void => {
    if (text !== undefined) texts[path] = `${text}\n`
  }
  for (const { id, state, removable, zones, nodes } of blocks) {
    const block = `${MEMORY}/memory${id}`
    put(`${block}/phys_index`, `${id}`)
    put(`${block}/state`, state)
    put(`${block}/removable`, removable)
    put(`${block}/valid_zones`, zones)
    for (const node of nodes) texts[`${block}/node${node}`] = `-> ../../node/node${node}`
  }
  for (const [id, { config, memmap }] of storage ?? []) {
    put(`/sys/firmware/memory/memory${id}/config`, config)
    put(`/sys/firmware/memory/memory${id}/memmap_on_memory`, memmap)
  }
  put('/sys/module/memory_hotplug/parameters/memmap_on_memory', parameter)
  return texts
}

const COLUMNS = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK', 'NODE', 'ZONES']

const columnLists = fc
  .uniqueArray(fc.constantFrom(...COLUMNS), { minLength: 1, maxLength: 7 })
  .map((names) => names.join(','))

/** Command lines that both take. */
const flagLists = fc
  .record({
    layout: fc.constantFrom([], [], ['--json'], ['-J'], ['--raw'], ['-r'], ['--pairs'], ['-P']),
    bytes: fc.constantFrom([], ['--bytes'], ['-b']),
    headings: fc.constantFrom([], [], ['--noheadings'], ['-n']),
    output: fc.oneof(
      fc.constant<string[]>([]),
      fc.constant(['--output-all']),
      columnLists.map((list) => ['--output', list]),
      columnLists.map((list) => ['-o', `+${list.toLowerCase()}`]),
    ),
    split: fc.oneof(
      fc.constant<string[]>([]),
      fc.constant(['--all']),
      fc.constant(['-a']),
      fc.constant(['--split', 'none']),
      columnLists.map((list) => ['-S', list]),
    ),
    summary: fc.constantFrom([], [], ['--summary=never'], ['--summary=always'], ['--summary=only']),
    last: fc.boolean(),
  })
  .map(({ layout, bytes, headings, output, split, summary, last }) => {
    const rest = [...bytes, ...headings, ...output, ...split]
    return last ? [...layout, ...rest, ...summary] : [...summary, ...rest, ...layout]
  })
  .filter((flags) => {
    const script = flags.findLastIndex((flag) => /^(?:-[JrP]|--(?:json|raw|pairs))$/.test(flag))
    // lsmem refuses to print nothing.
    return !(flags.includes('--summary=only') && script >= 0)
  })

describe('memhp list --like', () => {
  it.skipIf(process.env.CI === undefined)(
    'has an lsmem of a release that is spoken beside it',
    () => {
      expect(isSpoken).toBe(true)
    },
  )

  it.runIf(isSpoken)('prints what lsmem prints of drawn trees', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(
      trees,
      fc.array(flagLists, { minLength: 3, maxLength: 3 }),
      async (tree, lists) => {
        const sysroot = await writeSysroot(textsOf(tree))
        for (const flags of lists) {
          const args = ['--sysroot', sysroot, ...flags]
          const theirs = execFileSync(LSMEM, args, { encoding: 'utf8', env: { LC_ALL: 'C' } })
          const ours = await runCli(['list', '--like', release ?? '', ...args])
          expect({ stdout: ours.stdout, stderr: ours.stderr }).toEqual({
            stdout: theirs,
            stderr: '',
          })
        }
      },
    )
    await fc.assert(property, { numRuns: draws(100) })
  })
})

/** Storage of s390 as Linux 6.19 shows it: what is not configured has no block. */
const STORAGE: Readonly<Record<string, string>> = textsOf({
  blockBytes: 2 ** 27,
  blocks: [
    { id: 0, state: 'online', removable: '1', zones: 'none', nodes: [0] },
    { id: 1, state: 'online', removable: '0', zones: 'DMA32', nodes: [0] },
    { id: 2, state: 'offline', removable: '1', zones: 'Normal Movable', nodes: [1] },
    { id: 3, state: 'going-offline', removable: '1', zones: 'Movable', nodes: [1] },
    { id: 4, state: 'online', removable: '1', zones: 'HighMem', nodes: [1] },
    { id: 5, state: 'online', removable: '1', zones: 'HighMem', nodes: [1] },
  ],
  storage: new Map(
    [0, 1, 2, 3, 4, 5, 50].map((id) => [
      id,
      { config: id === 50 ? '0' : '1', memmap: id === 3 ? '1' : '0' },
    ]),
  ),
  parameter: 'force',
})

/** What `memhp list` prints, with flags as one would type them. */
const list = async (flags: string): Promise<string> => {
  const sysroot = await writeSysroot(STORAGE)
  const { code, stdout, stderr } = await runCli(['list', '--sysroot', sysroot, ...flags.split(' ')])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('what was printed once by the real lsmem', () => {
  it('2.38 knows no storage', async () => {
    expect(await list('--like 2.38 -o +NODE,ZONES')).toBe(`\
RANGE                                  SIZE   STATE REMOVABLE BLOCK NODE          ZONES
0x0000000000000000-0x0000000007ffffff  128M  online       yes     0    0           None
0x0000000008000000-0x000000000fffffff  128M  online        no     1    0          DMA32
0x0000000010000000-0x0000000017ffffff  128M offline               2    1 Normal/Movable
0x0000000018000000-0x000000001fffffff  128M on->off               3    1        Movable
0x0000000020000000-0x000000002fffffff  256M  online       yes   4-5    1        Highmem

Memory block size:       128M
Total online memory:     512M
Total offline memory:    256M
`)
  })

  it('2.42 lists what is not configured, on node 0', async () => {
    expect(await list('--like 2.42 --output-all')).toBe(`\
RANGE                                 SIZE   STATE REMOVABLE BLOCK NODE          ZONES CONFIGURED MEMMAP-ON-MEMORY
0x0000000000000000-0x0000000007ffffff 128M  online       yes     0    0           None        yes               no
0x0000000008000000-0x000000000fffffff 128M  online        no     1    0          DMA32        yes               no
0x0000000010000000-0x0000000017ffffff 128M offline               2    1 Normal/Movable        yes               no
0x0000000018000000-0x000000001fffffff 128M on->off               3    1        Movable        yes              yes
0x0000000020000000-0x000000002fffffff 256M  online       yes   4-5    1        Highmem        yes               no
0x0000000190000000-0x0000000197ffffff 128M offline              50    0                        no               no

Memory block size:                128M
Total online memory:              512M
Total offline memory:             384M
Memmap on memory parameter:      force
`)
  })

  it('2.42 makes columns without headings as narrow as their cells, and sizes five wide', async () => {
    expect(await list('--like 2.42 -n -o SIZE,STATE,REMOVABLE,BLOCK --summary=never')).toBe(`\
 128M  online yes   0
 128M  online  no   1
 128M offline       2
 128M on->off       3
 256M  online yes 4-5
 128M offline      50
`)
  })

  it('2.42 as pairs and as JSON', async () => {
    expect(
      await list('--like 2.42 -P -o BLOCK,CONFIGURED,MEMMAP-ON-MEMORY,ZONES -S CONFIGURED'),
    ).toBe(
      'BLOCK="0-5" CONFIGURED="yes" MEMMAP-ON-MEMORY="no" ZONES="None"\n' +
        'BLOCK="50" CONFIGURED="no" MEMMAP-ON-MEMORY="no" ZONES=""\n',
    )
    expect(await list('--like 2.42 -J -b -o SIZE,REMOVABLE,NODE,ZONES,CONFIGURED -S none')).toBe(`\
{
   "memory": [
      {
         "size": 805306368,
         "removable": true,
         "node": 0,
         "zones": "None",
         "configured": "yes"
      },{
         "size": 134217728,
         "removable": false,
         "node": 0,
         "zones": null,
         "configured": "no"
      }
   ]
}
`)
  })
})

it('a block that is not there any more, or no directory, hides no others', async () => {
  const sysroot = await writeSysroot({
    ...STORAGE,
    [`${MEMORY}/memory7`]: '-> ../nowhere',
    [`${MEMORY}/memory8`]: 'a file\n',
    [`${MEMORY}/memory9/state`]: '-> ../memory2/state',
  })
  const flags = ['--like', '2.38', '-r', '-n', '-o', 'BLOCK,STATE,REMOVABLE']
  const { code, stdout } = await runCli(['list', '--sysroot', sysroot, ...flags])
  expect(code).toBe(0)
  expect(stdout.split('\n').slice(-4)).toEqual(['4-5 online yes', '7-8 ? ', '9 offline ', ''])
})

describe('beyond lsmem', () => {
  it('there are the device, what a block holds, and whether it goes', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const flags = ['-o', 'BLOCK,DEVICE,HOLDS,EXPECTED', '--summary=never']
    const { stdout } = await runCli(['list', '--sysroot', sysroot, ...flags])
    expect(stdout).toBe(`\
BLOCK DEVICE     HOLDS                       EXPECTED
    0                                        refuses, for certain: pages of more than one zone or node
    1            about 64M in use, 64M free  refuses, probably: a kernel zone, where the kernel may have put its own data
32-33 PNP0C80:00 about 64M to move, 64M free goes, probably
   34 PNP0C80:01                             is offline already
`)
  })

  it('a capture is listed as its host was', async () => {
    const path = new URL('../../../captures/x86_64-three-nodes.json.gz', import.meta.url).pathname
    const { stdout } = await runCli([
      'list',
      path,
      '--like',
      '2.38',
      '-r',
      '-o',
      'BLOCK,NODE,ZONES',
    ])
    expect(stdout).toContain('32-39 2 Movable\n')
  })
})

test('only the files that the columns need are read', async () => {
  const sysroot = await writeSysroot(TWO_NODES)
  const readFor = async (columns: string): Promise<Set<string>> => {
    const read = new Set<string>()
    const { texts: _, ...tree } = hostTree({ sysroot })
    const spy = {
      ...tree,
      read: (path: string) => {
        read.add(path.replace(/^.*\//, ''))
        return tree.read(path)
      },
    }
    const version = LSMEM_VERSIONS['2.42']
    const named = parseColumns(columns, columnsOf(version, { more: false }))
    const facts = new Set(named.flatMap(({ needs }) => [...needs]))
    await readBlocks(spy, { version, facts, summary: false })
    return read
  }
  expect(await readFor('RANGE,SIZE,BLOCK')).toEqual(new Set(['block_size_bytes']))
  expect(await readFor('STATE')).toEqual(new Set(['block_size_bytes', 'state']))
  expect(await readFor('NODE')).toEqual(new Set(['block_size_bytes']))
  expect(await readFor('ZONES')).toEqual(new Set(['block_size_bytes', 'valid_zones']))
})

test.each([
  [['--like', '2.40'], /Allowed choices are 2\.38, 2\.42/],
  [['-o', 'RANGE,SIZES'], /unknown column: "SIZES"\nTry: RANGE, SIZE, STATE/],
  [['--like', '2.38', '-o', 'CONFIGURED'], /unknown column: "CONFIGURED"/],
  [['--like', '2.42', '-o', 'DEVICE'], /unknown column: "DEVICE"/],
  [['-S', 'state', '-a'], /--all and --split exclude each other/],
  [['--raw', '--json'], /--json and --raw exclude each other/],
  [['--raw', '--summary=only'], /leave out the sums that --summary asks for alone/],
  [['--blocks', '--raw'], /--blocks is not a flag of lsmem/],
  [['--raw', '--sysroot', '/nowhere-at-all'], /\/nowhere-at-all: No such file or directory/],
])('%j is bad input', async (flags, message) => {
  const { code, stdout, stderr } = await runCli(['list', ...flags])
  expect(stderr).toMatch(message)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})
