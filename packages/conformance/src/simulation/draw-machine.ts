import {
  alignUp,
  DEFAULT_GENERATION,
  GENERATIONS,
  generationOf,
  type MachineDescription,
  MIB,
  type NodeDescription,
  type Plugins,
  type RamDescription,
} from '@memhp/core'
import { kernelsOf } from '@memhp/core/inspect'
import type { Arch, DrawnArch, FirmwareDialect, Random } from '@memhp/core/plugin'

/** What a simulation runs on: an architecture, and the firmware that belongs to it; null where none tells of memory. */
export interface DrawnPlatform {
  readonly arch: Plugins['archs'][number]
  readonly dialect: FirmwareDialect | null
}

/** The pairs of which both plugins are given, firmware by firmware, and the architectures that no firmware belongs to. */
export function platformsOf(
  plugins: Plugins,
  dialects: readonly FirmwareDialect[],
): readonly DrawnPlatform[] {
  const pairs = dialects
    .filter(({ driver }) => plugins.drivers.some(({ name }) => name === driver))
    .flatMap((dialect) =>
      plugins.archs
        .filter(({ name }) => dialect.walk.archs.includes(name))
        .map((arch) => ({ arch, dialect })),
    )
  const without = plugins.archs.filter(
    ({ name }) => !dialects.some(({ walk }) => walk.archs.includes(name)),
  )
  return [...pairs, ...without.map((arch) => ({ arch, dialect: null }))]
}

/**
 * Draws a machine: nodes with and without CPUs and memory, boot memory of odd sizes, a kernel command line, and what the
 * architecture and the firmware draw.
 */
export function drawMachine(random: Random, { arch, dialect }: DrawnPlatform): MachineDescription {
  const nodes = drawNodes(random)
  const drawn = arch.draw?.(random) ?? drawVariant(random, arch)
  const description = {
    arch: arch.name,
    archOptions: drawn.archOptions,
    cmdline: drawCmdline(random, dialect?.parameters ?? []),
    nodes,
    ram: drawRam(random, nodes, drawn),
    drivers: dialect === null ? {} : { [dialect.driver]: dialect.walk.drawConfig(random) },
    ...drawKernel(random, arch, drawn),
    ...(drawn.blockSizeBytes === undefined ? {} : { blockSizeBytes: drawn.blockSizeBytes }),
    seed: random.below(2 ** 31),
  }
  if (random.percent(60)) return description
  const kernel = generationOf(description.kernel ?? DEFAULT_GENERATION, GENERATIONS)
  const { geometry } = arch.create(arch.parseOptions(drawn.archOptions), description, kernel)
  return { ...description, freePages: drawFreePages(random, description.ram, geometry.pageShift) }
}

type ArchPlugin = DrawnPlatform['arch']

/** A machine of an architecture that draws nothing itself: one of its variants, with boot memory of whole sections. */
function drawVariant(random: Random, arch: ArchPlugin): DrawnArch {
  const archOptions = random.pick(Object.values(arch.variants ?? { plain: {} }))
  const { geometry, mappable } = archOn(arch, archOptions)
  const sectionBytes = 2 ** geometry.sectionSizeBits
  const { start, end } = mappable
  const window = { start, end: start + (end - start) / 2 }
  return { archOptions, ramUnitBytes: sectionBytes, hole: null, window }
}

/** The architecture of a machine with a section of boot memory. */
function archOn(arch: ArchPlugin, archOptions: Readonly<Record<string, unknown>>): Arch {
  const nodes = [{ id: 0, cpus: [0] }]
  const ram = [{ start: 0, end: 256 * MIB, node: 0 }]
  const description = { arch: arch.name, archOptions, nodes, ram }
  return arch.create(
    arch.parseOptions(archOptions),
    description,
    generationOf(DEFAULT_GENERATION, GENERATIONS),
  )
}

/** Whether a kernel has memory hot-plug on an architecture. @throws HotplugError BAD_DESCRIPTION for one that is unknown */
export function runsOn(arch: ArchPlugin, kernel: string): boolean {
  const { name } = generationOf(kernel, GENERATIONS)
  const [archOptions = {}] = Object.values(arch.variants ?? {})
  return kernelsOf(archOn(arch, archOptions), GENERATIONS).includes(name)
}

/** The kernel that descriptions have where they name none, or one that runs on the architecture. */
function drawKernel(
  random: Random,
  arch: ArchPlugin,
  { archOptions }: DrawnArch,
): { readonly kernel?: string } {
  const kernels = kernelsOf(archOn(arch, archOptions), GENERATIONS)
  return kernels.includes(DEFAULT_GENERATION) ? {} : { kernel: random.pick(kernels) }
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

const EVERYWHERE = { start: 0, end: Number.MAX_SAFE_INTEGER }

/** Boot memory of each node that has some, one after the other around the hole. */
function drawRam(
  random: Random,
  nodes: readonly NodeDescription[],
  { ramUnitBytes, hole, window = EVERYWHERE }: DrawnArch,
): readonly RamDescription[] {
  const ram: RamDescription[] = []
  let at = window.start
  for (const [i, { id: node }] of nodes.entries()) {
    if (i > 0 && random.percent(40)) continue
    const size = drawSize(random)
    const wanted = ramUnitBytes === null ? size : alignUp(size, ramUnitBytes)
    let left = Math.min(wanted, window.end - at)
    while (left > 0) {
      const room = hole !== null && at < hole.start ? hole.start - at : left
      const end = at + Math.min(left, room)
      ram.push({ start: at, end, node })
      left -= end - at
      at = hole !== null && end === hole.start ? hole.end : end
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

/** @param parameters words that bear on the machine's firmware */
function drawCmdline(random: Random, parameters: readonly string[]): string {
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
  for (const word of parameters) maybe(3, () => word)
  return words.join(' ')
}

/** Nodes of which some boot memory is in use; half of that cannot move. */
function drawFreePages(
  random: Random,
  ram: readonly RamDescription[],
  pageShift: number,
): { readonly node: number; readonly pages: number }[] {
  const nodes = [...new Set(ram.map(({ node }) => node))]
  return nodes.map((node) => {
    const bytes = ram
      .filter((range) => range.node === node)
      .reduce((sum, { start, end }) => sum + end - start, 0)
    const share = random.between({ least: 40, most: 90 })
    return { node, pages: Math.floor(((bytes / 2 ** pageShift) * share) / 100) }
  })
}
