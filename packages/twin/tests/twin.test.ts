import { type Capture, captureTree, parseCapture } from '@memhp/capture'
import {
  fingerprint,
  isHotplugError,
  KERNELS,
  refusalOf,
  SUBSYSTEMS,
  type Subsystems,
  settle,
} from '@memhp/core'
import { PLUGINS } from '@memhp/platforms'
import { captureNames, captureText } from 'memhp-captures'
import { describe, expect, test } from 'vitest'
import { LOOKS, twinOf } from '../src/index'

const NAMES: readonly string[] = captureNames()

const load = (name: string): Capture => parseCapture(captureText(name))

/** What hot-plug shows of a host: files that the twin must show alike. */
const SHOWN = [
  /^\/sys\/devices\/system\/memory\/(?:block_size_bytes|auto_online_blocks)$/,
  /^\/sys\/devices\/system\/memory\/memory\d+\/(?:state|valid_zones|phys_index)$/,
  /^\/sys\/devices\/system\/node\/(?:online|possible|has_memory|has_normal_memory)$/,
  /^\/sys\/devices\/system\/node\/node\d+\/(?:cpulist|distance)$/,
  /^\/sys\/firmware\/memmap\/\d+\/(?:start|end|type)$/,
  /^\/sys\/firmware\/devicetree\/base\/ibm,/,
  /^\/sys\/kernel\/dlpar$/,
  /^\/proc\/iomem$/,
]

test('counters that cannot all be true are assumptions where they are looked at', async () => {
  const capture = load('x86_64-three-nodes')
  const path = '/sys/devices/system/node/node0/meminfo'
  const text = (capture.files[path] ?? '').replace(/(MemFree: +)\d+/, '$199999999')
  const damaged = { ...capture, files: { ...capture.files, [path]: text } }
  const told = async (looks: object): Promise<readonly string[]> => {
    const { assumptions } = await twinOf(damaged, PLUGINS, looks)
    return assumptions.filter((sentence) => sentence.startsWith(path))
  }
  expect(await told({ looks: LOOKS })).toEqual([
    expect.stringContaining('MemFree, 99999999 kB, is more than MemTotal'),
  ])
  expect(await told({})).toEqual([])
})

test('a device goes where no iomem was captured, and none of its memory stays listed', async () => {
  const capture = load('x86_64-three-nodes')
  const { '/proc/iomem': _, ...files } = capture.files
  const { machine } = await twinOf({ ...capture, files }, PLUGINS)
  for (let id = 32; id < 40; id++)
    machine.tree.write(`/sys/devices/system/memory/memory${id}/state`, 'offline')
  expect(machine.tree.read('/proc/iomem')).toMatch(/^100000000-13fffffff : System RAM$/m)
  machine.tree.write('/sys/bus/acpi/devices/PNP0C80:00/eject', '1')
  settle(machine)
  expect(machine.tree.read('/proc/iomem')).not.toMatch(/^1[0-9a-f]{8}-/m)
})

test('captures of guests are there to be tried', () => {
  expect(NAMES.length).toBeGreaterThan(0)
})

describe.each(NAMES)('the twin of %s', async (name) => {
  const capture = load(name)
  const { machine, assumptions } = await twinOf(capture, PLUGINS)

  test('shows blocks, nodes, what firmware says, and iomem as the host did', () => {
    const host = captureTree(capture)
    const paths = Object.keys(capture.files).filter((path) =>
      SHOWN.some((shown) => shown.test(path)),
    )
    const differing = paths.filter((path) => machine.tree.read(path) !== host.read(path))
    expect(paths.length).toBeGreaterThan(20)
    expect(differing).toEqual([])
  })

  test('has as much memory as the host', () => {
    const total = (text: string): string | undefined => /^MemTotal:\s+(\d+) kB$/m.exec(text)?.[1]
    const host = captureTree(capture)
    expect(total(machine.tree.read('/proc/meminfo'))).toBe(total(host.read('/proc/meminfo')))
  })

  test('prints every line of zoneinfo that the host printed, with other counts of free pages', () => {
    const others = (text: string): readonly string[] =>
      text.split('\n').map((line) => line.replace(/^( +(?:pages free|nr_free_pages) +)\d+$/, '$1'))
    const host = captureTree(capture)
    expect(others(machine.tree.read('/proc/zoneinfo').trimEnd())).toEqual(
      others(host.read('/proc/zoneinfo').trimEnd()),
    )
  })

  test('maps its memory by leaves of the host’s sizes', () => {
    const counters = (text: string): readonly string[] =>
      text.split('\n').filter((line) => line.startsWith('DirectMap'))
    const host = captureTree(capture)
    expect(counters(machine.tree.read('/proc/meminfo'))).toEqual(
      counters(host.read('/proc/meminfo')),
    )
  })

  test('is the same machine each time', async () => {
    expect(fingerprint((await twinOf(capture, PLUGINS)).machine)).toBe(fingerprint(machine))
  })

  test('says what it assumes in sentences', () => {
    for (const sentence of assumptions) expect(sentence).toMatch(/\.$/)
  })
})

test('a host of an architecture without a plugin is refused by its name', async () => {
  const capture = { ...load(NAMES[0] ?? ''), arch: 'alpha' }
  try {
    await twinOf(capture, PLUGINS)
  } catch (error) {
    expect(isHotplugError(error) && error.code).toBe('UNKNOWN_PLUGIN')
    expect(isHotplugError(error) && error.message).toContain('alpha')
    return
  }
  expect.unreachable()
})

test('a host whose files leave no memory for the kernel is refused, as a description that cannot be', async () => {
  const capture = load('x86_64-dimms-zones')
  const files = Object.entries(capture.files).map(([path, text]) => [
    path,
    path.endsWith('/valid_zones') ? 'Movable\n' : text,
  ])
  const { pages: _, ...rest } = capture
  await expect(twinOf({ ...rest, files: Object.fromEntries(files) }, PLUGINS)).rejects.toThrow(
    expect.objectContaining({
      code: 'BAD_DESCRIPTION',
      message: expect.stringMatching(
        /memory\d+.* cannot be mapped as hot-added memory: There is no/,
      ),
    }),
  )
})

test('a count of free huge pages that is not a number is told, and nothing is free by it (fuzz seed 81502001)', async () => {
  const capture = load('ppc64le-radix-three-nodes')
  const path = '/sys/devices/system/node/node2/hugepages/hugepages-1048576kB/free_hugepages'
  expect(capture.files[path]).toBe('0\n')
  const damaged: Capture = { ...capture, files: { ...capture.files, [path]: '!' } }
  const [whole, told] = [await twinOf(capture, PLUGINS), await twinOf(damaged, PLUGINS)]
  expect(told.machine.description.blocks).toEqual(whole.machine.description.blocks)
  expect(told.assumptions).toContainEqual(expect.stringContaining(`${path} is not a number`))
})

test('what pages are used for is not taken over without PAGE_MONITOR, which is told', async () => {
  const capture = load('x86_64-three-nodes')
  const { pageMonitor, ...others } = SUBSYSTEMS
  const used = async (subsystems: Subsystems) => {
    const { machine, assumptions } = await twinOf(capture, { ...PLUGINS, subsystems })
    const uses = machine.description.blocks?.filter(({ use }) => use !== undefined) ?? []
    return { uses: uses.length, told: assumptions.filter((each) => each.includes('PAGE_MONITOR')) }
  }
  expect(await used({ ...others, pageMonitor })).toEqual({ uses: 16, told: [] })
  expect(await used(others)).toMatchObject({ told: [expect.stringContaining('bottom')] })
})

describe('a host whose kernel is later than all that the program knows', () => {
  const later = { ...load('x86_64-one-node'), kernelRelease: '6.12.117+deb13-cloud-amd64' }
  const { archs, drivers } = PLUGINS

  test('is refused, with what to give', async () => {
    await expect(twinOf(later, { archs, drivers })).rejects.toMatchObject({
      code: 'UNKNOWN_PLUGIN',
      message: expect.stringMatching(/"6\.12\.117\S*".* kernels: KERNELS of @memhp\/core/),
    })
  })

  test('has a twin where the kernel is given, or another one is asked for', async () => {
    const given = await twinOf(later, { archs, drivers, kernels: KERNELS })
    const asked = await twinOf(later, { archs, drivers }, { kernel: 'v6.1' })
    const names = [given, asked].map(({ machine }) => machine.generation.name)
    expect(names).toEqual(['v6.12', 'v6.1'])
  })
})

describe('a host with huge pages of 1 GiB', () => {
  /** One of three nodes, whose blocks 32 to 39 are of node 2, with a page in them that is free or in use. */
  const hugeHost = (free: 0 | 1): Capture => {
    const capture = load('x86_64-three-nodes')
    const directory = '/sys/devices/system/node/node2/hugepages/hugepages-1048576kB'
    const pages = (capture.pages?.blocks ?? []).map((block) =>
      block.id >= 32 && block.id < 40 ? { id: block.id, counts: { hugetlb: 32_768 } } : block,
    )
    return {
      ...capture,
      files: {
        ...capture.files,
        [`${directory}/nr_hugepages`]: '1\n',
        [`${directory}/free_hugepages`]: `${free}\n`,
        [`${directory}/surplus_hugepages`]: '0\n',
      },
      ...(capture.pages === undefined ? {} : { pages: { ...capture.pages, blocks: pages } }),
    }
  }

  test.each([
    [0, 'used'],
    [1, 'free'],
  ] as const)('has them in its twin, %i of them free', async (free, state) => {
    const { machine } = await twinOf(hugeHost(free), PLUGINS)
    expect(machine.description.giganticPages).toEqual([{ start: 2 ** 32, state }])
    const directory = '/sys/devices/system/node/node2/hugepages/hugepages-1048576kB'
    const read = (name: string) => machine.tree.read(`${directory}/${name}_hugepages`)
    expect([read('nr'), read('free')]).toEqual(['1\n', `${free}\n`])
    const offline = (id: number) =>
      refusalOf(() => machine.tree.write(`/sys/devices/system/memory/memory${id}/state`, 'offline'))
        ?.errno
    expect([offline(38), offline(39)]).toEqual(['EBUSY', free === 1 ? undefined : 'EINTR'])
  })
})
