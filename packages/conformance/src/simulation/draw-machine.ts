import {
  GIB,
  type MachineDescription,
  MIB,
  type NodeDescription,
  type Plugins,
  type RamDescription,
} from '@memhp/core'
import type { Random } from '../generators/random'

/** First address below 4 GiB that is not memory: the hole for devices. */
const HOLES = [GIB, 2 * GIB, 3 * GIB]

/** What a simulation runs on: an architecture and the firmware that belongs to it. */
export type Platform = 'x86-acpi' | 'powerpc-pseries'

const PLUGINS_OF: Readonly<Record<Platform, { readonly arch: string; readonly driver: string }>> = {
  'x86-acpi': { arch: 'x86_64', driver: 'acpi' },
  'powerpc-pseries': { arch: 'ppc64le', driver: 'pseries' },
}

/** The platforms that plugins are there for. */
export const platformsOf = (plugins: Plugins): readonly Platform[] =>
  (['x86-acpi', 'powerpc-pseries'] as const).filter((platform) => {
    const { arch, driver } = PLUGINS_OF[platform]
    return (
      plugins.archs.some(({ name }) => name === arch) &&
      plugins.drivers.some(({ name }) => name === driver)
    )
  })

/**
 * Draws a machine: nodes with and without CPUs and memory, boot memory of odd sizes, a kernel command line, page tables
 * of any kind, blocks of one or more sections.
 */
export const drawMachine = (random: Random, platform: Platform): MachineDescription =>
  platform === 'x86-acpi' ? drawX86(random) : drawPowerpc(random)

function drawX86(random: Random): MachineDescription {
  const nodes = drawNodes(random)
  const ram = drawRam(random, nodes)
  return {
    arch: 'x86_64',
    archOptions: {
      levels: random.pick([4, 4, 5]),
      gbpages: random.percent(70),
      structPageBytes: random.pick([64, 64, 64, 56, 72]),
    },
    cmdline: drawCmdline(random),
    nodes,
    ram,
    drivers: { acpi: drawAcpi(random) },
    ...(random.percent(30) ? { blockSizeBytes: random.pick([128, 256, 512, 1024]) * MIB } : {}),
    ...(random.percent(40) ? { freePages: drawFreePages(random, { ram, pageBytes: 4096 }) } : {}),
    seed: random.below(2 ** 31),
  }
}

function drawPowerpc(random: Random): MachineDescription {
  const nodes = drawNodes(random)
  const lmbBytes = random.pick([64, 256, 256]) * MIB
  const mmu = random.pick(['radix', 'radix', 'hash'])
  // Checking the many entries of a hash page table of 4 KiB pages takes minutes.
  const pageBytes = mmu === 'hash' ? 65_536 : random.pick([65_536, 65_536, 4096])
  const ram = drawLmbs(random, nodes, lmbBytes)
  return {
    arch: 'ppc64le',
    archOptions: { mmu, pageBytes, lmbBytes },
    cmdline: drawCmdline(random),
    nodes,
    ram,
    drivers: { pseries: { slots: random.between({ least: 1, most: 6 }) } },
    ...(random.percent(40) ? { freePages: drawFreePages(random, { ram, pageBytes }) } : {}),
    seed: random.below(2 ** 31),
  }
}

/** Boot memory of a POWER guest: whole LMBs of each node, without a hole. */
function drawLmbs(
  random: Random,
  nodes: readonly NodeDescription[],
  lmbBytes: number,
): readonly RamDescription[] {
  const ram: RamDescription[] = []
  let start = 0
  for (const [i, { id: node }] of nodes.entries()) {
    if (i > 0 && random.percent(40)) continue
    const end = start + Math.max(lmbBytes, random.pick([256, 512, 1024, 2048]) * MIB)
    ram.push({ start, end, node })
    start = end
  }
  return ram
}

/** Memory slots; the firmware of one of them may fail to do its part. */
function drawAcpi(random: Random): Readonly<Record<string, unknown>> {
  const slots = random.between({ least: 1, most: 6 })
  if (random.percent(85)) return { slots }
  const faults = random.pick([{ ej0: 'fails' }, { ej0: 'ignored' }, { crs: 'fails' }])
  return { slots, devices: [{ slot: random.below(slots), faults }] }
}

function drawNodes(random: Random): readonly NodeDescription[] {
  const count = random.weighted({ 1: 4, 2: 4, 3: 2, 4: 1 })
  const nodes: NodeDescription[] = []
  let id = 0
  for (let i = 0; i < Number(count); i++) {
    nodes.push({ id, cpus: i === 0 || random.percent(50) ? [2 * i, 2 * i + 1] : [] })
    id += random.percent(80) ? 1 : 2
  }
  return nodes
}

/** Boot memory of each node that has some, one after the other around the hole below 4 GiB. */
function drawRam(random: Random, nodes: readonly NodeDescription[]): readonly RamDescription[] {
  const hole = random.pick(HOLES)
  const ram: RamDescription[] = []
  let at = 0
  for (const [i, node] of nodes.entries()) {
    if (i > 0 && random.percent(40)) continue
    let left = drawSize(random)
    while (left > 0) {
      const room = at < hole ? hole - at : left
      const end = at + Math.min(left, room)
      ram.push({ start: at, end, node: node.id })
      left -= end - at
      at = end === hole ? 4 * GIB : end
    }
  }
  return ram
}

/** Mostly whole MiB; now and then any number of pages. */
function drawSize(random: Random): number {
  const mib = random.pick([128, 160, 256, 384, 512, 640, 1024, 1536, 2048])
  if (random.percent(70)) return mib * MIB
  return random.percent(60)
    ? (mib + random.below(128)) * MIB
    : mib * MIB + random.below(4096) * 4096
}

function drawCmdline(random: Random): string {
  const words: string[] = []
  const maybe = (chance: number, word: () => string): void => {
    if (random.percent(chance)) words.push(word())
  }
  maybe(
    30,
    () =>
      `memhp_default_state=${random.pick(['online', 'online_kernel', 'online_movable', 'offline'])}`,
  )
  maybe(15, () => 'movable_node')
  maybe(30, () => 'memory_hotplug.online_policy=auto-movable')
  maybe(20, () => `memory_hotplug.auto_movable_ratio=${random.pick([0, 50, 100, 301, 1000])}`)
  maybe(10, () => 'memory_hotplug.auto_movable_numa_aware=n')
  maybe(25, () => 'memory_hotplug.memmap_on_memory=1')
  maybe(3, () => 'acpi_no_memhotplug')
  return words.join(' ')
}

/** Nodes of which some boot memory is in use; half of that cannot move. */
function drawFreePages(
  random: Random,
  { ram, pageBytes }: { readonly ram: readonly RamDescription[]; readonly pageBytes: number },
): { readonly node: number; readonly pages: number }[] {
  const nodes = [...new Set(ram.map(({ node }) => node))]
  return nodes.map((node) => {
    const bytes = ram
      .filter((range) => range.node === node)
      .reduce((sum, { start, end }) => sum + end - start, 0)
    return {
      node,
      pages: Math.floor(((bytes / pageBytes) * random.between({ least: 40, most: 90 })) / 100),
    }
  })
}
