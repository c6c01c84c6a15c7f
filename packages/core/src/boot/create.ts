import { kilobytesOf, parseMeminfo, SYSTEM_RAM } from '@memhp/kernel-files'
import { blockId, type NodeId, nodeId, sectionNr } from '../address/brand'
import { blockRange } from '../block/block-table'
import { HotplugError } from '../errors/hotplug-error'
import { featuresOf } from '../generation/features'
import { DEFAULT_GENERATION, DEFAULT_KERNELS, generationOf } from '../generation/generations'
import { codeOf } from '../machine/kernel-code'
import { createObservers } from '../machine/observers'
import { settle } from '../machine/settle'
import { matchDirectMapCounters } from '../mapping/boot-mapping'
import type { Activity } from '../model/activity'
import type { Arch, ArchDefinition } from '../model/arch'
import { ONLINE_TYPES } from '../model/block'
import type { IomemFacts, MachineDescription } from '../model/description'
import type { AnyDriver, DriverConfigs } from '../model/driver'
import type { Features } from '../model/features'
import type { LocalTree } from '../model/file-tree'
import type { Generation } from '../model/generation'
import { geometryOf } from '../model/geometry'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { Resource } from '../model/resource'
import type { MachineState } from '../model/state'
import type { Subsystems } from '../model/subsystem'
import { createNode } from '../node/node-table'
import { createChain } from '../notify/notify'
import { createResourceRoot, makeResource } from '../resource/resource-tree'
import { recordCapturedUse } from '../section-pages/captured-use'
import { refuseDescription } from '../shape/refuse-description'
import { machineTree } from '../sysfs/root'
import { type ZoneSpec, zoneSpecs } from '../zone/zone-table'
import { knownUse } from './boot-amounts'
import { blockRuns, bootExtents, bootSections, sectionRuns } from './boot-extents'
import { matchFreePages } from './boot-free'
import { bootLateBlocks } from './boot-late-blocks'
import { applyEarlyBlockFacts, applyZoneFacts, bootZones } from './boot-memory'
import { placeBootUse } from './boot-use'
import { checkDescription } from './check-description'
import { checkKernel } from './check-kernel'
import { checkSubsystems } from './check-subsystems'
import { checkDescriptionShape } from './description-shape'
import { settingsOf } from './settings'

/** Plugins that a machine may be made of. They are found by name; nothing is registered globally. @public */
export interface Plugins<Drivers extends readonly AnyDriver[] = readonly AnyDriver[]> {
  // biome-ignore lint/suspicious/noExplicitAny: each plugin has its own option type, checked by itself
  readonly archs: readonly ArchDefinition<any>[]
  readonly drivers: Drivers
  /**
   * Generations of the kernel, oldest first. Default: `DEFAULT_KERNELS`, those of Linux 6.1. `KERNELS` are all from 5.10
   * on, `GENERATIONS` are all, with those of the series of 2012 and the code that only they need.
   */
  readonly kernels?: readonly Generation[]
  /** Parts of the kernel that not every machine needs. Default: none; `SUBSYSTEMS` are all. */
  readonly subsystems?: Subsystems
}

/** The generation that a description names, with its defects. */
function generationFor(
  { kernel = DEFAULT_GENERATION, defects = [] }: MachineDescription,
  kernels: readonly Generation[],
): Generation {
  return withDefects(generationOf(kernel, kernels), defects, kernels)
}

/**
 * Boots a machine. Costs follow what the description says, not how much memory it describes.
 * @param description what it says of drivers is checked by type against the definitions in `plugins`
 * @throws HotplugError BAD_DESCRIPTION with the place, UNKNOWN_PLUGIN
 * @public
 */
export function createMachine<const Drivers extends readonly AnyDriver[]>(
  description: MachineDescription<DriverConfigs<NoInfer<Drivers>>>,
  plugins: Plugins<Drivers>,
): Machine {
  checkDescriptionShape(description)
  if (!Array.isArray(plugins?.archs) || !Array.isArray(plugins.drivers))
    refuseDescription('plugins', 'must have lists: archs and drivers.')
  const definition = archDefinitionOf(description, plugins)
  const { kernels = DEFAULT_KERNELS } = plugins
  const generation = generationFor(description, kernels)
  const options = definition.parseOptions(description.archOptions ?? {})
  const arch = definition.create(options, description, generation)
  checkKernel(arch, generation, kernels)
  const features = featuresOf(arch, generation, description.config)
  checkDescription(description, arch, features)
  const blockBytes = description.blockSizeBytes ?? arch.blockBytes
  const geometry = geometryOf(arch.geometry, blockBytes)
  const extents = bootExtents(description, arch, geometry)
  const sections = bootSections(extents, geometry)
  const configs = driverConfigs(description, plugins)
  const activity: Activity = { phase: 'idle', heldErrors: [] }
  const observers = createObservers(activity)
  const machine: Machine = {
    description,
    arch,
    generation,
    features,
    geometry,
    drivers: configs.map(({ definition, config }) => definition.create(config)),
    subsystems: broughtBy([...configs.map(({ definition }) => definition), plugins]),
    memoryChain: createChain(),
    nodeChain: createChain(),
    activity,
    observers,
    faults: new Set(),
    copySection: null,
    writeLogs: new Set(),
    stepWatchers: new Set(),
    observe: (observer, options) => observers.add(observer, options),
    tree: NO_TREE,
    state: initialState({ description, arch, generation, features }),
  }
  checkSubsystems(machine)
  const { memory } = machine.state
  memory.sections.runs.push(...sectionRuns(sections))
  memory.sections.bootExtents.push(...extents)
  memory.blocks.runs.push(...blockRuns(extents, geometry))
  for (const { definition, config } of configs)
    definition.slot.put(machine, definition.initialState(config))
  bootZones(machine)
  applyBootFacts(machine, sections)
  generation.code?.registerNotifiers(machine)
  machine.arch.boot(machine)
  bootLateBlocks(machine)
  matchDirectMapCounters(machine)
  seedLateBlocks(machine)
  if (description.giganticPages !== undefined) machine.subsystems.hugePages?.boot(machine)
  applyZoneFacts(machine)
  matchFreePages(machine)
  machine.state.memory.unmanagedPages = unmanagedPages(machine)
  const booted: Machine = Object.assign(machine, { tree: machineTree(machine) })
  bootDrivers(booted)
  // A module: it is loaded when what is built in has registered its notifiers, and asked after them.
  machine.subsystems.errorInjection?.register(machine)
  settle(booted)
  return booted
}

function bootDrivers(machine: Machine): void {
  const { firmwareMap } = machine.state.memory
  const mappedByFirmware = firmwareMap.entries.length
  for (const driver of machine.drivers) driver.boot(machine)
  if (machine.generation.rules.add.mapAtBoot === 'twice')
    codeOf(machine).numberTwice(firmwareMap, mappedByFirmware)
}

/** A generation with the defects of a description. Kernels that have some bring what switches them on. */
function withDefects(
  generation: Generation,
  ids: readonly string[],
  kernels: readonly Generation[],
): Generation {
  if (ids.length === 0) return generation
  const owner = kernels.find(({ defects }) => defects !== undefined)
  return (
    owner?.code?.withDefects(generation, ids, kernels) ??
    refuseDescription('defects', `no kernel that is known has any; there are ${namesOf(kernels)}.`)
  )
}

const namesOf = (named: readonly { readonly name: string }[]): string =>
  named.map(({ name }) => name).join(', ') || 'none'

/** Pages of the smallest section that there is, of 16 MiB with pages of 64 KiB: memory is never put off by less. */
const SMALLEST_SECTION_PAGES = 256

/**
 * By how much the captured MemTotal is more than what zones manage: where a kernel counts the two apart, and the few pages
 * that others count beside their zones (6 in s390x guests of 6.1).
 */
function unmanagedPages({ description, generation, geometry, state }: Machine): number {
  const meminfo = parseMeminfo(description.files?.['/proc/meminfo'] ?? '')
  const kilobytes = kilobytesOf(meminfo, 'MemTotal')
  if (kilobytes === undefined) return 0
  const pages = (kilobytes * 1024) / geometry.pageBytes - state.memory.totalManagedPages
  if (generation.rules.procfs.memTotal !== 'managed') return pages
  return pages > 0 && pages < SMALLEST_SECTION_PAGES ? pages : 0
}

const notBooted = (): never => {
  throw new HotplugError('NO_SUCH_FILE', 'ENOENT', 'The machine has not booted yet.')
}

/** The tree of a machine on its way up. */
const NO_TREE: LocalTree = {
  read: notBooted,
  write: notBooted,
  list: notBooted,
  readlink: notBooted,
  lookup: notBooted,
}

/** Captured counts first (they say how much is reserved), then the places of what is in use. */
function applyBootFacts(machine: Machine, sections: ReturnType<typeof bootSections>): void {
  for (const facts of machine.description.zones ?? []) {
    const zone = machine.state.memory.zones.get(`${facts.node}/${facts.zone}`)
    if (zone === undefined || zone.presentEarlyPages === 0) continue
    // Boot holes inside present memory do not exist for the zone; hot-added pages are added later.
    const late = latePages(machine, facts.node, facts.zone)
    zone.managedPages = Math.max(0, Math.min(facts.managedPages - late, zone.presentEarlyPages))
  }
  applyEarlyBlockFacts(machine)
  placeBootUse(machine, sections)
}

function latePages(machine: Machine, node: number, zone: string): number {
  const late = (machine.description.blocks ?? []).filter(
    (block) =>
      !block.early && block.state === 'online' && block.zone === zone && block.nodes.includes(node),
  )
  const { withholding } = machine.subsystems
  const withheld = late
    .map(({ id, use }) => {
      const range = blockRange(machine, blockId(id))
      return use?.withheld ?? withholding?.count(machine, range) ?? 0
    })
    .reduce((sum, pages) => sum + pages, 0)
  return late.length * machine.geometry.pagesPerBlock - withheld
}

/** Captured use of hot-added blocks. */
function seedLateBlocks(machine: Machine): void {
  for (const [nr, use] of knownUse(machine, ({ early }) => !early))
    recordCapturedUse(machine, { nr: sectionNr(nr), use })
}

function archDefinitionOf(
  description: MachineDescription,
  plugins: Plugins,
): Plugins['archs'][number] {
  const definition = plugins.archs.find((arch) => arch.name === description.arch)
  if (definition !== undefined) return definition
  throw new HotplugError(
    'UNKNOWN_PLUGIN',
    'EINVAL',
    `No plugin for the architecture "${description.arch}". There: ${namesOf(plugins.archs)}.`,
    {
      detail: { arch: description.arch },
    },
  )
}

function driverConfigs(
  description: MachineDescription,
  plugins: Plugins,
): { definition: Plugins['drivers'][number]; config: unknown }[] {
  return Object.entries(description.drivers ?? {}).map(([name, raw]) => {
    const definition = plugins.drivers.find((driver) => driver.name === name)
    if (definition === undefined) {
      throw new HotplugError(
        'UNKNOWN_PLUGIN',
        'EINVAL',
        `No plugin for the firmware driver "${name}". There: ${namesOf(plugins.drivers)}.`,
        {
          detail: { driver: name },
        },
      )
    }
    return { definition, config: definition.parseConfig(raw) }
  })
}

/** The parts of the kernel that drivers bring, and a program. */
const broughtBy = (all: readonly { readonly subsystems?: Subsystems }[]): Subsystems =>
  Object.assign({}, ...all.map(({ subsystems }) => subsystems))

function initialState(from: {
  readonly description: MachineDescription
  readonly arch: Arch
  readonly generation: Generation
  readonly features: Features
}): MachineState {
  const { description, arch, generation, features } = from
  const nodes = bootNodes(description, zoneSpecs({ geometry: arch.geometry, features }))
  const map = (description.firmwareMap ?? ramAsFirmwareMap(description)).map((entry) => ({
    ...entry,
  }))
  const settings = settingsOf(description.cmdline ?? '', generation.rules, features)
  const autoOnline = ONLINE_TYPES.find((type) => type === description.autoOnlineBlocks)
  return {
    memory: {
      sections: { runs: [], separated: new Map(), bootExtents: [], own: new Set() },
      blocks: { runs: [], separated: new Map() },
      nodes: new Map(nodes.map((node) => [node.id, node])),
      zones: new Map(nodes.flatMap((node) => node.zones).map((zone) => [zone.key, zone])),
      groups: new Map(),
      resources: bootResources(description),
      firmwareMap: {
        entries: map,
        nextIndex: Math.max(-1, ...map.map((entry) => entry.index)) + 1,
      },
      allocations: new Map(),
      hugePools: [],
      pageCgroupTables: new Map(),
      settings: autoOnline === undefined ? settings : { ...settings, autoOnline },
      arch: {},
      drivers: {},
      injectedNotifierErrors: new Map(),
      totalManagedPages: 0,
      unmanagedPages: 0,
      curedPages: 0,
      pageFailures: new Map(),
      nextAllocationId: 1,
      nextGroupId: 0,
    },
    journal: {
      tick: 0,
      seqnum: 0,
      policyZone: -1,
      endPfn: 0,
      uevents: [],
      log: [],
      platform: [],
      mappings: [],
      work: [],
    },
    random: (description.seed ?? 1) % 2 ** 32,
  }
}

function bootNodes(description: MachineDescription, specs: readonly ZoneSpec[]): MemoryNode[] {
  const described = new Map(description.nodes.map((node) => [node.id, node]))
  const ids = [...new Set([...described.keys(), ...(description.possibleNodes ?? [])])].sort(
    (a, b) => a - b,
  )
  const populated = new Set(description.ram.map((range) => range.node))
  for (const block of description.blocks ?? []) for (const node of block.nodes) populated.add(node)
  return ids.map((raw) => {
    const id: NodeId = nodeId(raw)
    const { cpus = [], online: isNamed = false } = described.get(raw) ?? {}
    const online = populated.has(raw) || cpus.length > 0 || isNamed
    return Object.assign(createNode(id, specs), { online, cpus, isPossible: true })
  })
}

const ramAsFirmwareMap = (
  description: MachineDescription,
): MachineState['memory']['firmwareMap']['entries'] =>
  description.ram.map((range, index) => ({
    index,
    start: range.start,
    end: range.end - 1,
    type: SYSTEM_RAM,
  }))

function bootResources(description: MachineDescription): Resource {
  const root = createResourceRoot()
  const facts: readonly IomemFacts[] =
    description.iomem ??
    description.ram.map((range) => ({ start: range.start, end: range.end - 1, name: SYSTEM_RAM }))
  const make = (entry: IomemFacts): Resource => {
    const busy = entry.name.startsWith(SYSTEM_RAM)
    const range = { start: entry.start, end: entry.end + 1 }
    const resource = makeResource({ name: entry.name, range, mergeable: false, busy })
    resource.children.push(...(entry.children ?? []).map(make))
    return resource
  }
  root.children.push(...facts.map(make))
  return root
}
