// Where kernels put what they set aside: the addresses that guests told in their logs ("cma: Reserved …").
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
  known: { readonly asked?: string; readonly tableBytes?: number } = {},
): readonly string[] =>
  placeSetAside({
    ...machine,
    ...known,
    asked: known.asked,
    zones: zones.map(([mib, start, end]) => ({
      pages: (mib * MIB) / 4096,
      memory: [{ start: start / 4096, end: end / 4096 }],
    })),
  }).map(({ start, end }) => `${(start * 4096).toString(16)} ${((end - start) * 4096) / MIB}M`)

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
      { asked: '64M' },
    ),
    ['1be00000 64M', '37e00000 64M', '3be00000 64M'],
  ],
  [
    'one at its address, and one that finds no room above it',
    placed(X86, [[128, 204 * MIB, 640 * MIB]], { asked: '64M@512M' }),
    ['1c000000 64M', '20000000 64M'],
  ],
  [
    'one below an address',
    placed(X86, [[160, 16 * MIB, 1280 * MIB - 128 * KIB]], { asked: '160M@512M-900M' }),
    ['2e400000 160M'],
  ],
  [
    'memory above 4 GiB, from below up',
    placed(X86, [[64, 4 * GIB, 7 * GIB]], { asked: '64M' }),
    ['100000000 64M'],
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
    expect(placed(X86, [[64, 16 * MIB, END]], { asked })).toEqual(['3be00000 64M'])
})
