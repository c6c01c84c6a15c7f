// Where kernels put what they set aside: the addresses that guests told in their logs ("cma: Reserved …").
import { parseCmdline } from '@memhp/kernel-files'
import { expect, test } from 'vitest'
import { GIB, MIB } from '../address/units'
import { placeSetAside } from './areas'

const KIB = 1024
const X86 = { pageBytes: 4096, pageblockPages: 512 }
const S390 = { pageBytes: 4096, pageblockPages: 256 }

/** What is set aside of zones: MiB, and the memory of each from and to an address. */
const placed = (
  machine: typeof X86,
  zones: readonly (readonly [mib: number, start: number, end: number])[],
  known: { readonly cmdline?: string; readonly tableBytes?: number } = {},
): readonly string[] =>
  placeSetAside({
    ...machine,
    ...(known.tableBytes === undefined ? {} : { tableBytes: known.tableBytes }),
    parameters: parseCmdline(known.cmdline ?? ''),
    zones: zones.map(([mib, start, end]) => ({
      pages: (mib * MIB) / 4096,
      memory: [{ start: start / 4096, end: end / 4096 }],
    })),
  }).areas.map(
    ({ start, end }) => `${(start * 4096).toString(16)} ${((end - start) * 4096) / MIB}M`,
  )

const END = GIB - 128 * KIB

test.each([
  ['x86_64, 1 GiB', placed(X86, [[64, 16 * MIB, END]]), ['3be00000 64M']],
  [
    'two nodes, each of which has an area beside the common one',
    placed(
      X86,
      [
        [64, 16 * MIB, 512 * MIB],
        [128, 512 * MIB, END],
      ],
      { cmdline: 'cma=64M' },
    ),
    ['1be00000 64M', '37e00000 64M', '3be00000 64M'],
  ],
  [
    'one at its address, and one that finds no room above it',
    placed(X86, [[128, 204 * MIB, 640 * MIB]], { cmdline: 'cma=64M@512M' }),
    ['1c000000 64M', '20000000 64M'],
  ],
  [
    'one below an address',
    placed(X86, [[160, 16 * MIB, 1280 * MIB - 128 * KIB]], { cmdline: 'cma=160M@512M-900M' }),
    ['2e400000 160M'],
  ],
  [
    'memory above 4 GiB, from below up',
    placed(X86, [[64, 4 * GIB, 7 * GIB]], { cmdline: 'cma=64M' }),
    ['100000000 64M'],
  ],
  [
    'a crash kernel, and what it may have beside it while nothing has crashed',
    placed(X86, [[200, 400 * MIB, 1280 * MIB - 128 * KIB]], {
      cmdline: 'crashkernel=96M crashkernel=200M,cma',
    }),
    ['3c800000 200M'],
  ],
  [
    'the same beside cma=',
    placed(X86, [[264, 304 * MIB, 1280 * MIB - 128 * KIB]], {
      cmdline: 'cma=64M crashkernel=96M crashkernel=200M,cma',
    }),
    ['38800000 200M', '4be00000 64M'],
  ],
  [
    'a crash kernel that does not begin with a pageblock',
    placed(X86, [[130, 920 * MIB, 1536 * MIB - 128 * KIB]], {
      cmdline: 'crashkernel=100M crashkernel=130M,cma',
    }),
    ['50e00000 130M'],
  ],
  [
    's390x, 512 MiB, mapped by base pages',
    placed(S390, [[128, 0, 512 * MIB]], { tableBytes: 2 * MIB }),
    ['17c00000 128M'],
  ],
  ['s390x, 2 GiB', placed(S390, [[128, GIB, 2 * GIB]], { tableBytes: 8 * MIB }), ['77600000 128M']],
])('%s', (_, areas, expected) => {
  expect(areas).toEqual(expected)
})

test('what does not fit is in no area, and what cannot be read is not obeyed', () => {
  expect(placed(X86, [[64, 0, 32 * MIB]])).toEqual([])
  for (const asked of ['64M@', '64Q', '', 'x@1G'])
    expect(placed(X86, [[64, 16 * MIB, END]], { cmdline: `cma=${asked}` })).toEqual([
      '3be00000 64M',
    ])
})

test('what alignment leaves free above an area is told, but not above one that has its address', () => {
  const spare = (cmdline: string, start: number): readonly string[] =>
    placeSetAside({
      ...X86,
      parameters: parseCmdline(cmdline),
      zones: [{ pages: 51_200, memory: [{ start: start / 4096, end: END / 4096 }] }],
    }).spare.map(
      (range) => `${(range.start * 4096).toString(16)}-${(range.end * 4096).toString(16)}`,
    )
  expect(spare('', 300 * MIB)).toEqual(['3fe00000-3ffb8000'])
  expect(spare('cma=200M@512M', 300 * MIB)).toEqual([])
  expect(spare('crashkernel=90M crashkernel=200M,cma', 300 * MIB)).toEqual(['3fa00000-3ffb8000'])
  expect(spare('cma=200M crashkernel=90M', 300 * MIB)).toEqual([
    '32a00000-33600000',
    '3fe00000-3ffb8000',
  ])
})
