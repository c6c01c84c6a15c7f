import { readFileSync } from 'node:fs'
import {
  type Capture,
  captureTree,
  type FlatTrace,
  fromFlatView,
  parseCapture,
} from '@memhp/capture'
import { type RamDescription, rangesOverlap } from '@memhp/core'
import type { FirmwareReading } from '@memhp/core/plugin'
import type { AcpiConfigFacts } from '@memhp/driver-acpi/dialect'
import { PLUGINS } from '@memhp/platforms'
import { knownOfCapture, readTopology } from '@memhp/topology'
import { captureNames, captureText } from 'memhp-captures'
import { recordedTraces } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { type DescribedMachine, describeMachine } from '../src/index'

async function describeCapture(capture: Capture): Promise<DescribedMachine> {
  const topology = await readTopology(captureTree(capture), knownOfCapture(capture))
  return describeMachine({ capture, topology }, PLUGINS)
}

interface Step {
  readonly set: Readonly<Record<string, string>>
  readonly gone: readonly string[]
}
/** The steps that did something; a question of a recorder has no view. */
const stepsOf = (trace: FlatTrace): readonly Step[] =>
  (trace as FlatTrace & { steps: Step[] }).steps.filter((step) => 'set' in step)

/** All runs, but the one whose memory is probed right behind that of the boot: nothing tells the two apart there. */
const tellable = recordedTraces<FlatTrace>().filter(([name]) => name !== '310-probe')

const blockIds = (view: Readonly<Record<string, string>>): number[] =>
  Object.keys(view)
    .flatMap((key) => /\/memory\/memory(\d+)\/state$/.exec(key)?.[1] ?? [])
    .map(Number)

/** Of the views of a run each one, or every eighth and the last where time is short. */
const STRIDE = THOROUGH ? 1 : 8

/** Boot memory less blocks of it that are gone: since Linux 6.19 they can be deconfigured on s390. */
function without(
  ram: readonly RamDescription[],
  gone: readonly number[],
  blockBytes: number,
): readonly RamDescription[] {
  return gone.reduce((left, id) => {
    const [start, end] = [id * blockBytes, (id + 1) * blockBytes]
    return left.flatMap((part) => [
      ...(part.start < start ? [{ ...part, end: Math.min(part.end, start) }] : []),
      ...(part.end > end ? [{ ...part, start: Math.max(part.start, end) }] : []),
    ])
  }, ram)
}

/** The flat views of a run after its steps. */
function* viewsOf(trace: FlatTrace): Generator<Readonly<Record<string, string>>> {
  const view: Record<string, string> = { ...trace.boot }
  const steps = stepsOf(trace)
  for (const [i, { set, gone }] of steps.entries()) {
    Object.assign(view, set)
    for (const key of gone) delete view[key]
    if (i % STRIDE === 0 || i === steps.length - 1) yield { ...view }
  }
}

/** Whether a block lies in memory that a driver had added before the view: `System RAM (virtio_mem)`. */
function isOfDriver(view: Readonly<Record<string, string>>, id: number): boolean {
  const blockBytes = Number.parseInt(view['/sys/devices/system/memory/block_size_bytes'] ?? '', 16)
  const lines = (view['/proc/iomem'] ?? '').matchAll(/([0-9a-f]+)-([0-9a-f]+) : System RAM \(/g)
  return [...lines].some(
    ([, start = '', end = '']) =>
      Number.parseInt(start, 16) <= id * blockBytes && id * blockBytes < Number.parseInt(end, 16),
  )
}

describe('a machine described in the middle of a recorded run', () => {
  test.each(tellable)(
    '%s: has the boot memory that it booted with, and all other blocks are hot-added',
    async (_, trace) => {
      const boot = new Set(blockIds(trace.boot).filter((id) => !isOfDriver(trace.boot, id)))
      const { ram } = (await describeCapture(fromFlatView(trace))).description
      for (const view of viewsOf(trace)) {
        const { description } = await describeCapture(fromFlatView({ ...trace, boot: view }))
        const late = (description.blocks ?? []).filter(({ early }) => !early).map(({ id }) => id)
        expect(late).toEqual(
          blockIds(view)
            .filter((id) => !boot.has(id))
            .sort((a, b) => a - b),
        )
        const gone = [...boot].filter((id) => !blockIds(view).includes(id))
        expect(description.ram).toEqual(without(ram, gone, description.blockSizeBytes ?? 0))
      }
    },
  )

  test.each(recordedTraces<FlatTrace>())(
    '%s: boot memory is what its zones have as present',
    async (_, trace) => {
      const capture = fromFlatView(trace)
      const { description } = await describeCapture(capture)
      const pageBytes = trace.arch.startsWith('ppc64le') ? 65536 : 4096
      const bytes = description.ram.reduce((sum, { start, end }) => sum + end - start, 0)
      const present = (description.zones ?? []).reduce((sum, zone) => sum + zone.presentPages, 0)
      const late = (description.blocks ?? []).filter(
        ({ early, state }) => !early && state === 'online',
      ).length
      const lateBytes = late * (description.blockSizeBytes ?? 0)
      expect(bytes).toBe(present * pageBytes - lateBytes)
    },
  )
})

test('Power: memory that was added is one device for each run of blocks of a node', async () => {
  const [, trace] =
    recordedTraces<FlatTrace>().find(([name]) => name === 'ppc64le-radix-0008') ?? []
  if (trace === undefined) throw new Error('no such recording')
  const view: Record<string, string> = { ...trace.boot }
  for (const { set, gone } of stepsOf(trace).slice(0, 21)) {
    Object.assign(view, set)
    for (const key of gone) delete view[key]
  }
  const { description } = await describeCapture(fromFlatView({ ...trace, boot: view }))
  expect(description.archOptions).toEqual({ mmu: 'radix', pageBytes: 65536, lmbBytes: 2 ** 28 })
  expect(description.drivers?.pseries).toEqual({
    lmbBytes: 2 ** 28,
    devices: [
      { id: 'dimm0', address: 2 ** 31, sizeBytes: 2 ** 28, node: 0, bound: true },
      { id: 'dimm1', address: 9 * 2 ** 28, sizeBytes: 4 * 2 ** 28, node: 1, bound: true },
    ],
  })
})

const real = (name: string): Capture => parseCapture(captureText(name))
const acpiOf = async (name: string): Promise<AcpiConfigFacts> =>
  (await describeCapture(real(name))).description.drivers?.acpi as AcpiConfigFacts

describe('captures of real hosts', () => {
  test.each(captureNames())(
    '%s describes a machine whose blocks hold no more than they can',
    async (name) => {
      const { description, assumptions } = await describeCapture(real(name))
      expect(assumptions.every((sentence) => sentence.endsWith('.'))).toBe(true)
      expect(new Set(assumptions).size).toBe(assumptions.length)
      for (const { use, state } of description.blocks ?? []) {
        expect(use === undefined).toBe(state === 'offline')
        const used = Object.values(use ?? {}).reduce((sum, pages) => sum + pages, 0)
        expect(used).toBeLessThanOrEqual((description.blockSizeBytes ?? 0) / 4096)
      }
      expect(structuredClone(description)).toEqual(JSON.parse(JSON.stringify(description)))
    },
  )

  test('three nodes: the third has only the DIMM, which is ejectable and holds files', async () => {
    const { description } = await describeCapture(real('x86_64-three-nodes'))
    expect(description.nodes).toEqual([
      { id: 0, cpus: [0], distances: [10, 20, 20] },
      { id: 1, cpus: [1], distances: [20, 10, 20] },
      { id: 2, cpus: [], distances: [20, 20, 10] },
    ])
    expect(new Set(description.ram.map(({ node }) => node))).toEqual(new Set([0, 1]))
    const dimm = (await acpiOf('x86_64-three-nodes')).devices[0]
    expect(dimm).toEqual({
      name: 'PNP0C80:00',
      path: '\\_SB_.MHPC.MP00',
      uid: '0x00',
      parent: 'LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04',
      status: 15,
      ranges: [{ start: 4 * 2 ** 30, end: 5 * 2 ** 30 }],
      node: 2,
      bound: [32, 33, 34, 35, 36, 37, 38, 39],
    })
    const blocks = (description.blocks ?? []).filter(({ id }) => id >= 32)
    expect(blocks.every(({ zone, early }) => zone === 'Movable' && !early)).toBe(true)
    const movable = blocks.reduce((sum, { use }) => sum + (use?.movable ?? 0), 0)
    expect(movable).toBe((200 * 2 ** 20) / 4096)
    expect(blocks.every(({ use }) => use?.unmovable === 0)).toBe(true)
  })

  test('DIMMs in several zones: kernel memory is on the one that was onlined so', async () => {
    const { description } = await describeCapture(real('x86_64-dimms-zones'))
    const block = (id: number) => description.blocks?.find((facts) => facts.id === id)
    expect(block(32)).toMatchObject({ zone: 'Normal', state: 'online', early: false })
    expect(block(32)?.use?.unmovable).toBeGreaterThan(5000)
    expect(block(36)).toMatchObject({ zone: 'Movable', state: 'online' })
    expect(block(36)?.use?.movable).toBeGreaterThan(20000)
    expect([41, 42].map((id) => block(id)?.state)).toEqual(['online', 'offline'])
    expect([44, 45].map((id) => block(id)?.state)).toEqual(['offline', 'offline'])
    expect((await acpiOf('x86_64-dimms-zones')).devices.map(({ bound }) => bound.length)).toEqual([
      4, 4, 4, 2, 0, 0,
    ])
  })

  test('one node: free pages and use agree with what the host showed', async () => {
    const capture = real('x86_64-one-node')
    const { description } = await describeCapture(capture)
    const used = (description.blocks ?? []).flatMap(({ use }) => Object.values(use ?? {}))
    const present = description.ram.reduce((sum, { start, end }) => sum + end - start, 0) / 4096
    const free = present - used.reduce((sum, pages) => sum + pages, 0)
    expect(Math.abs(free - (description.freePages?.[0]?.pages ?? 0))).toBeLessThan(256)
  })

  test('a kernel that puts initialisation off: all its memory counts, most of it free', async () => {
    const whole = real('x86_64-one-node')
    const zoneinfo = whole.files['/proc/zoneinfo'] ?? ''
    // A quarter of the DMA32 zone is not managed yet.
    const deferred = 50_000
    const files = {
      ...whole.files,
      '/proc/zoneinfo': zoneinfo.replace(
        /(zone +DMA32[\s\S]*?managed +)(\d+)/,
        (_, head: string, pages: string) => `${head}${Number(pages) - deferred}`,
      ),
    }
    const { description, assumptions } = await describeCapture({ ...whole, files })
    const before = (await describeCapture(whole)).description
    expect(description.zones).toEqual(before.zones)
    expect(description.freePages?.[0]?.pages).toBeGreaterThan(deferred)
    expect(assumptions.join(' ')).toMatch(/not initialised \d+ pages yet/)
  })

  test('the README names each of them', async () => {
    const readme = readFileSync(new URL('../../../captures/README.md', import.meta.url), 'utf8')
    for (const name of captureNames()) expect(readme).toContain(name)
  })
})

describe('what a capture does not tell', () => {
  const capture = real('x86_64-three-nodes')
  const without = (pattern: RegExp, changes: Partial<Capture> = {}): Capture => ({
    ...capture,
    files: Object.fromEntries(
      Object.entries(capture.files).filter(([path]) => !pattern.test(path)),
    ),
    ...changes,
  })

  const withoutBlock = (id: number): Capture => {
    const isOther = (path: string): boolean => !path.includes(`/memory/memory${id}/`)
    const others = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(entries).filter(([path]) => isOther(path)))
    const { files, links, modes, directories } = capture
    return {
      ...capture,
      files: others(files),
      links: others(links),
      modes: others(modes),
      directories: directories.filter(isOther),
    }
  }

  test('iomem: System RAM comes from the firmware map, hot-added memory from the blocks', async () => {
    const { description } = await describeCapture(without(/^\/proc\/iomem$/))
    expect(description.ram).toEqual((await describeCapture(capture)).description.ram)
    expect(description.iomem?.at(-1)).toEqual({
      start: 32 * 2 ** 27,
      end: 40 * 2 ** 27 - 1,
      name: 'System RAM',
    })
  })

  test.each(['start', 'end', 'type'])(
    'the %s of any entry of the firmware map: boot memory and devices are told all the same',
    async (name) => {
      const whole = (await describeCapture(capture)).description
      const entries = Object.keys(capture.files).filter((path) => path.endsWith(`/${name}`))
      expect(entries.length).toBeGreaterThan(5)
      for (const path of entries) {
        const { description, assumptions } = await describeCapture(without(new RegExp(`^${path}$`)))
        expect(description.ram).toEqual(whole.ram)
        const isRam = capture.files[path.replace(name, 'type')] === 'System RAM\n'
        expect(assumptions.some((text) => text.includes('does not cover System RAM'))).toBe(isRam)
      }
    },
  )

  test.each([0, 3, 7, 32])('memory%d: its memory is left out, as the listing does', async (id) => {
    const { description, assumptions } = await describeCapture(withoutBlock(id))
    const whole = (await describeCapture(capture)).description
    const others = whole.blocks?.filter((block) => block.id !== id)
    expect(description.blocks?.map((block) => block.id)).toEqual(others?.map((block) => block.id))
    const range = { start: id * 2 ** 27, end: (id + 1) * 2 ** 27 }
    expect(description.ram.some((piece) => rangesOverlap(piece, range))).toBe(false)
    const isBoot = whole.ram.some((piece) => rangesOverlap(piece, range))
    const sentence = `memory${id}: there is memory at its address`
    expect(assumptions.some((text) => text.startsWith(sentence))).toBe(isBoot)
  })

  test('memory that firmware keeps in two blocks: in each its own part is reserved', async () => {
    const start = 3 * 2 ** 27 - 2 ** 16
    const firmware: FirmwareReading = {
      driver: 'none',
      capture: {
        checks: [],
        kept: [],
        describe: () => undefined,
        keptMemory: () => [{ start, end: start + 2 ** 16 + 2 ** 12, name: 'its services' }],
      },
    }
    const { pages: _, ...unknown } = without(/^\/proc\/iomem$/)
    const topology = await readTopology(captureTree(unknown), knownOfCapture(unknown))
    const { description } = describeMachine({ capture: unknown, topology }, PLUGINS, {
      dialects: [firmware],
    })
    const reserved = description.blocks?.map(({ use }) => use?.reserved ?? 0)
    expect(reserved?.slice(1, 5)).toEqual([0, 16, 1, 0])
  })

  test('neither iomem nor a firmware map: all memory is boot memory, and that is said', async () => {
    const { description, assumptions } = await describeCapture(without(/iomem|memmap/))
    expect(description.blocks?.every(({ early }) => early)).toBe(true)
    expect(assumptions.join(' ')).toMatch(/all of it is taken for boot memory/)
  })

  test('nodes: they are those that the blocks name, each with a CPU, and that is said', async () => {
    const { description, assumptions } = await describeCapture(
      without(/^\/sys\/devices\/system\/node/),
    )
    const whole = (await describeCapture(capture)).description
    expect(description.nodes.map(({ id, cpus }) => [id, cpus])).toEqual([
      [0, [0]],
      [1, [1]],
      [2, [2]],
    ])
    expect(description.ram).toEqual(whole.ram)
    expect(assumptions.join(' ')).toMatch(/CPUs of node 2 are unknown/)
  })

  test('valid_zones: the only zone that spans a block is its own', async () => {
    const { description } = await describeCapture(without(/valid_zones/))
    expect(description.blocks?.map(({ zone }) => zone)).toEqual(
      (await describeCapture(capture)).description.blocks?.map(({ zone }) => zone),
    )
  })

  test('a status that cannot be read: bound devices are present', async () => {
    const { description } = await describeCapture(without(/\/status$/))
    const acpi = description.drivers?.acpi as AcpiConfigFacts | undefined
    expect(acpi?.devices.map(({ status, faults }) => [status, faults?.sta])).toEqual([
      [15, 'fails'],
      [0, 'fails'],
      [0, 'fails'],
      [0, 'fails'],
    ])
  })

  test.each(['online\n', '-1\n', `${'9'.repeat(30)}\n`])(
    'a status of %j, which is not one, is as one that cannot be read',
    async (status) => {
      const files = Object.fromEntries(
        Object.entries(capture.files).map(([path, text]) => [
          path,
          path.endsWith('/status') ? status : text,
        ]),
      )
      const { drivers } = (await describeCapture({ ...capture, files })).description
      const unreadable = (await describeCapture(without(/\/status$/))).description
      expect(drivers).toEqual(unreadable.drivers)
    },
  )

  test('five levels are told by la57, and parameters set after boot are added', async () => {
    const changed = (
      await describeCapture({
        ...capture,
        cpu: { flags: ['la57', 'pdpe1gb'] },
        files: {
          ...capture.files,
          '/sys/module/memory_hotplug/parameters/online_policy': 'auto-movable\n',
        },
      })
    ).description
    expect(changed.archOptions).toEqual({ levels: 5, gbpages: true, hypervisor: false })
    expect(changed.cmdline).toBe(
      'console=ttyS0 quiet nokaslr memory_hotplug.online_policy=auto-movable',
    )
  })

  test.each([
    ['auto_movable_ratio', '100', 'memory_hotplug.auto_movable_ratio=150', 'added'],
    ['auto_movable_ratio', '301', 'quiet', 'kept'],
    ['memmap_on_memory', 'Y', 'memory_hotplug.memmap-on-memory', 'kept'],
    ['memmap_on_memory', 'Y', 'memory_hotplug.memmap_on_memory=true', 'kept'],
    ['memmap_on_memory', 'N', 'memory_hotplug.memmap_on_memory=true', 'added'],
    ['memmap_on_memory', 'force', 'memory_hotplug.memmap_on_memory=off', 'added'],
    ['online_policy', 'auto-movable', '-- memory_hotplug.online_policy=auto-movable', 'added'],
  ])('%s that reads %s after a boot with %s is %s', async (parameter, shown, cmdline, what) => {
    const files = {
      ...capture.files,
      '/proc/cmdline': `${cmdline}\n`,
      [`/sys/module/memory_hotplug/parameters/${parameter}`]: `${shown}\n`,
    }
    const added = `memory_hotplug.${parameter}=${shown}`
    const expected = cmdline.startsWith('--') ? `${added} ${cmdline}` : `${cmdline} ${added}`
    expect((await describeCapture({ ...capture, files })).description.cmdline).toBe(
      what === 'kept' ? cmdline : expected,
    )
  })

  test('pins: that there are some is said', async () => {
    const zoneinfo = capture.files['/proc/zoneinfo'] ?? ''
    const { assumptions } = await describeCapture({
      ...capture,
      files: {
        ...capture.files,
        '/proc/zoneinfo': zoneinfo.replace('nr_foll_pin_acquired 0', 'nr_foll_pin_acquired 9'),
      },
    })
    expect(assumptions.join(' ')).toMatch(/Node 0 has 9 long-term pins/)
  })
})
