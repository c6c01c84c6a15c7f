import type { Capture } from '@memhp/capture'
import {
  type BootBlockFacts,
  type BootZoneFacts,
  DEFAULT_KERNELS,
  type IomemFacts,
  type KernelConfig,
  type MachineDescription,
  type Plugins,
  type RamDescription,
  rangesOverlap,
} from '@memhp/core'
import {
  emptyIntervalSet,
  type FirmwareReading,
  insertInterval,
  type PlatformFacts,
} from '@memhp/core/plugin'
import { MEMORY_DIRECTORY, SYSTEM_RAM } from '@memhp/kernel-files'
import type { BareTopology } from '@memhp/topology'
import { describeBlocks } from './blocks'
import { describeRam } from './boot-memory'
import { BlockAssumptions, type HostFacts, hostFacts, rangeOfBlock } from './host-facts'
import { describeKernel } from './kernel'
import { describeNodes } from './place-nodes'
import { archGeometry } from './place-zones'
import { describeArchOptions, describeCmdline, describeDirectMap } from './settings'

/** How a captured host is to be described. */
export interface DescribeOptions extends PlatformFacts {
  /** Generation that the twin is of; default: that of the host's kernel, or the nearest to it. */
  readonly kernel?: string
  /** What is known of the kernel's configuration, and no file tells. */
  readonly config?: Partial<KernelConfig>
  /** Defects of the series of 2012 that the kernel is to have; default: none. */
  readonly defects?: readonly string[]
  /** Of the firmware that the host may have; default: the readings of the drivers that are given. */
  readonly dialects?: readonly FirmwareReading[] | undefined
}

/** How the firmware of some drivers is read of a host, in the order of the drivers. */
export const readingsOf = ({ drivers }: Plugins): readonly FirmwareReading[] =>
  drivers.flatMap(({ reading }) => reading ?? [])

/** A machine like the captured host, and what had to be assumed to describe it. */
export interface DescribedMachine {
  readonly description: MachineDescription
  /** Sentences; each says what is taken for true without evidence. Starts with those of the capture itself. */
  readonly assumptions: readonly string[]
}

function describeZones(facts: HostFacts): BootZoneFacts[] {
  return facts.zones.flatMap(({ node, name, startPfn, spanned, present, managed, cma }) =>
    startPfn === undefined || spanned === 0
      ? []
      : {
          node,
          zone: name,
          startPfn,
          spannedPages: spanned,
          presentPages: present,
          managedPages: managed,
          ...(cma === 0 ? {} : { cmaPages: cma }),
        },
  )
}

/**
 * What the node's own file says, which a live host has read a moment before or after the zones. More than its zones manage
 * cannot be.
 */
function nodeFreePages(facts: HostFacts, node: number): number | undefined {
  const bytes = facts.topology.nodes.find(({ id }) => id === node)?.memFreeBytes ?? undefined
  if (bytes === undefined || facts.deferredPages > 0) return undefined
  return bytes / facts.pageBytes
}

function describeFreePages(facts: HostFacts): { node: number; pages: number }[] {
  const nodes = new Set(facts.zones.map(({ node }) => node))
  return [...nodes].map((node) => {
    const zones = facts.zones.filter((zone) => zone.node === node)
    const free = zones.reduce((sum, zone) => sum + zone.free, 0)
    const managed = zones.reduce((sum, zone) => sum + zone.managed, 0)
    return { node, pages: Math.min(nodeFreePages(facts, node) ?? free, managed) }
  })
}

function iomemFacts(lines: readonly IomemFacts[]): IomemFacts[] {
  return lines
    .filter(({ end }) => Number.isSafeInteger(end))
    .map(({ start, end, name, children = [] }) => ({
      start,
      end,
      name,
      ...(children.length === 0 ? {} : { children: iomemFacts(children) }),
    }))
}

/** The resource tree; where it could not be read, one of System RAM only. */
function describeIomem(facts: HostFacts, ram: readonly RamDescription[]): IomemFacts[] {
  if (facts.iomem !== undefined) return iomemFacts(facts.iomem)
  // Neighbours are one entry: a device that goes has to lie in one, and a part of it may.
  const late = emptyIntervalSet()
  for (const { id } of facts.blocks) {
    const block = rangeOfBlock(facts, id)
    if (!ram.some((range) => rangesOverlap(range, block))) insertInterval(late, block)
  }
  return [...ram, ...late.ranges]
    .map(({ start, end }) => ({ start, end: end - 1, name: SYSTEM_RAM }))
    .sort((a, b) => a.start - b.start)
}

const KEPT =
  /^\/(?:proc\/(?:version|swaps|meminfo|zoneinfo)|sys\/devices\/system\/node\/node\d+\/(?:meminfo|numastat))$/

/** Texts that a twin shows as they were. */
function describeFiles(facts: HostFacts): Record<string, string> {
  const { files, arch, kernelRelease } = facts.capture
  const ofFirmware = facts.dialects.flatMap(({ capture }) => capture.kept)
  const kept = Object.entries(files).filter(
    ([path]) => KEPT.test(path) || ofFirmware.includes(path),
  )
  return {
    ...Object.fromEntries(kept),
    '/proc/sys/kernel/arch': `${arch}\n`,
    ...(kernelRelease === 'unknown' ? {} : { '/proc/sys/kernel/osrelease': `${kernelRelease}\n` }),
  }
}

function describeDrivers(
  facts: HostFacts,
  known: { readonly blocks: readonly BootBlockFacts[]; readonly platform: PlatformFacts },
): Readonly<Record<string, object>> {
  const described = facts.dialects.flatMap(({ driver, capture }) => {
    const config = capture.describe(facts, known)
    return config === undefined ? [] : [[driver, config] as const]
  })
  return Object.fromEntries(described)
}

function assumeAbout(facts: HostFacts): void {
  const { capture } = facts
  const isMonitored = facts.subsystems.pageMonitor !== undefined
  if (capture.pages === undefined || !isMonitored) {
    facts.assume(
      `${isMonitored ? 'No page flags were captured' : 'What pages are used for is not taken over without subsystems: { pageMonitor: PAGE_MONITOR } of @memhp/core'}: used memory of a node lies at its bottom.`,
    )
  }
  if (facts.deferredPages > 0) {
    facts.assume(
      `The kernel has not initialised ${facts.deferredPages} pages yet: they are taken to be free memory of the highest zones.`,
    )
  }
  if (facts.zones.length === 0) {
    facts.assume('Zones are what boot makes of the memory.')
  }
  const pins = new Map(facts.zones.map(({ node, pinned }) => [node, pinned]))
  for (const zone of facts.zones)
    pins.set(zone.node, Math.max(pins.get(zone.node) ?? 0, zone.pinned))
  for (const [node, pinned] of pins) {
    if (pinned === 0) continue
    facts.assume(
      `Node ${node} has ${pinned} long-term pins; no file tells on which pages: the twin has none.`,
    )
  }
}

/**
 * Describes a machine like the captured host: `createMachine` makes its twin.
 *
 * Every memory block is described. A block without boot memory in it is hot-added memory (`early` is false); zones, iomem
 * and the firmware map are as the host shows them, hot-added memory included. What it says of
 * `drivers` is what each dialect describes.
 * @param topology the reading of the capture: what a listing shows of it
 * @param plugins of them the architecture is asked for its options and its zones
 * @returns the description, and a sentence for each thing that no file told
 * @throws HotplugError BAD_DESCRIPTION for a generation that is not known, and for options that the architecture refuses
 */
export function describeMachine(
  { capture, topology }: { readonly capture: Capture; readonly topology: BareTopology },
  plugins: Plugins,
  options: DescribeOptions = {},
): DescribedMachine {
  const { kernel: asked, config, defects, dialects = readingsOf(plugins), ...platform } = options
  const assumptions = capture.unreadable.map(
    ({ path, errno, assume }) => `${path} could not be read (${errno}). ${assume}`,
  )
  const ofBlocks = new BlockAssumptions()
  const assume = (sentence: string): void => {
    assumptions.push(sentence)
  }
  const { archs, kernels = DEFAULT_KERNELS, subsystems = {} } = plugins
  const facts = hostFacts(capture, topology, { assume, ofBlocks, dialects, kernels, subsystems })
  const bare = describeWithoutBlocks(facts, plugins, { asked, config })
  const geometry = archGeometry(bare, { archs, kernels })
  const blocks = describeBlocks(facts, bare.ram, geometry?.zones ?? [])
  const order = geometry?.giganticOrder
  const giganticPages =
    order === undefined
      ? []
      : (subsystems.hugePages?.describeGigantic(facts, blocks, 2 ** order * facts.pageBytes) ?? [])
  const drivers = describeDrivers(facts, { blocks, platform })
  assumptions.push(...ofBlocks.sentences())
  const known = defects === undefined ? bare : { ...bare, defects }
  const huge = giganticPages.length === 0 ? {} : { giganticPages }
  return { description: { ...known, blocks, ...huge, drivers }, assumptions }
}

function describeWithoutBlocks(
  facts: HostFacts,
  plugins: Pick<Plugins, 'archs'>,
  asked: Parameters<typeof describeKernel>[1],
): MachineDescription {
  const kernel = describeKernel(facts, asked)
  assumeAbout(facts)
  const ram = describeRam(facts)
  const archOptions = describeArchOptions(facts, plugins)
  const cmdline = describeCmdline(facts)
  const directMapBytes = describeDirectMap(facts)
  const zones = describeZones(facts)
  const autoOnlineBlocks = facts.text(`${MEMORY_DIRECTORY}/auto_online_blocks`)
  const { possibleNodes } = facts.topology
  return {
    arch: facts.capture.arch,
    ...kernel,
    ...(archOptions === undefined ? {} : { archOptions }),
    ...(cmdline === undefined ? {} : { cmdline }),
    nodes: describeNodes(facts.topology, facts.assume),
    ram,
    ...(possibleNodes.length === 0 ? {} : { possibleNodes }),
    blockSizeBytes: facts.blockBytes,
    ...(zones.length === 0 ? {} : { zones, freePages: describeFreePages(facts) }),
    ...(facts.firmwareMap === undefined ? {} : { firmwareMap: facts.firmwareMap }),
    iomem: describeIomem(facts, ram),
    ...(directMapBytes === undefined ? {} : { directMapBytes }),
    ...(autoOnlineBlocks === undefined ? {} : { autoOnlineBlocks }),
    files: describeFiles(facts),
  }
}
