import { formatHex, isAligned, isPowerOfTwo } from '../address/units'
import { demandNamed, refusePlugin } from '../errors/refuse-plugin'
import { pageTableProblem } from '../mapping/geometry-check'
import { regionStart } from '../mapping/region-range'
import type { Arch, ArchFeatures, FailedAddResidue } from '../model/arch'
import type { KernelMapping } from '../model/kernel-mapping'
import { isVirtualArray, type MemmapModel } from '../model/memmap-model'
import { ZONES_OF_CORE } from '../zone/zone-table'
import { archShapeProblem } from './arch-shape'
import { checkedAnswers, partsProblem } from './check-parts'

/** What is wrong with a member of an arch, as a sentence; undefined where nothing is. */
type MemberCheck = (value: unknown, arch: Arch) => string | undefined

const mustBeFunction = (value: unknown): string | undefined =>
  typeof value === 'function' ? undefined : 'must be a function.'
const mayBeFunction = (value: unknown): string | undefined =>
  value === undefined || typeof value === 'function' ? undefined : 'must be a function or absent.'

/** One check for each member, optional ones too: a new member does not compile until it has one. */
const MEMBERS: Readonly<Record<keyof Arch, MemberCheck>> = {
  name: () => undefined,
  parts: (_, { parts }) => parts && partsProblem(parts),
  geometry: (_, arch) => geometryProblem(arch) ?? zoneProblem(arch),
  features: (_, arch) => featureProblem(arch),
  mapping: (_, arch) => mappingProblem(arch.mapping) ?? startProblem(arch) ?? tableProblem(arch),
  memmap: (_, arch) => memmapProblem(arch.memmap, arch),
  since: (value) => sinceProblem(value),
  blockBytes: (_, arch) => blockProblem(arch),
  mappable: (_, arch) => mappableProblem(arch),
  failedAddLeaves: (_, arch) => residueProblem(arch),
  slots: (_, arch) => slotProblem(arch),
  boot: mustBeFunction,
  addMemory: mustBeFunction,
  removeMemory: mustBeFunction,
  canAdd: mustBeFunction,
  canRemove: mustBeFunction,
  entries: mayBeFunction,
  withholdPages: mayBeFunction,
  meminfo: mayBeFunction,
  check: mayBeFunction,
}

const sinceProblem = (value: unknown): string | undefined =>
  value === undefined ||
  (Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger))
    ? undefined
    : 'must be a version and a patch level, [6, 11], or absent.'

/** The archs that were found good, with answers that are checked: a plugin may give many machines the same one. */
const CHECKED = /* @__PURE__ */ new WeakMap<Arch, Arch>()

/**
 * Checks what the `create` of an arch plugin made, once for each arch: that it is whole, and that its numbers fit together.
 * @throws HotplugError BAD_PLUGIN that says what is wrong
 */
export function checkArch(name: string, arch: Arch): Arch {
  const head = { kind: 'arch', name } as const
  demandNamed(head, arch)
  const known = CHECKED.get(arch)
  if (known !== undefined) return known
  if (arch.boot === undefined && arch.addMemory === undefined)
    refusePlugin(head, 'create gave what is not an arch: give what composeArch makes of its parts.')
  const wrong = archShapeProblem(arch)
  if (wrong !== undefined) refusePlugin(head, wrong)
  for (const [member, problemOf] of Object.entries(MEMBERS)) {
    const problem = problemOf(arch[member as keyof Arch], arch)
    if (problem !== undefined) refusePlugin(head, `${member} ${problem}`)
  }
  const [canAdd, canRemove] = [checkedAnswers(arch, 'canAdd'), checkedAnswers(arch, 'canRemove')]
  const checked = { ...arch, canAdd, canRemove }
  CHECKED.set(arch, checked)
  return checked
}

/** Every chunk and pageblock lies in one section, and every address is an exact number. */
function geometryProblem({ geometry }: Arch): string | undefined {
  const { pageShift, sectionSizeBits, maxPhysMemBits, maxOrder, pageblockOrder } = geometry
  const { structPageBytes } = geometry
  const numbers = { pageShift, sectionSizeBits, maxPhysMemBits, maxOrder, pageblockOrder }
  for (const [key, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 0)
      return `is wrong: ${key} is ${value}: give a whole number.`
  }
  if (!Number.isInteger(structPageBytes) || structPageBytes <= 0 || structPageBytes % 8 > 0)
    return `is wrong: structPageBytes is ${structPageBytes}: give a multiple of 8.`
  if (pageblockOrder > maxOrder)
    return `is wrong: a pageblock of order ${pageblockOrder} is larger than the largest chunk, of order ${maxOrder}.`
  if (pageShift + maxOrder > sectionSizeBits)
    return `is wrong: a chunk of order ${maxOrder} is larger than a section of 2^${sectionSizeBits} bytes.`
  if (sectionSizeBits >= maxPhysMemBits)
    return `is wrong: a section of 2^${sectionSizeBits} bytes is not a part of 2^${maxPhysMemBits} bytes of memory.`
  if (maxPhysMemBits > 53)
    return `is wrong: maxPhysMemBits is ${maxPhysMemBits}: addresses end at 2^53.`
  return undefined
}

function zoneProblem({ geometry: { zones, pageShift, pageblockOrder } }: Arch): string | undefined {
  if (zones.length === 0) return 'is wrong: zones must name one zone at least.'
  const pageblockBytes = 2 ** (pageShift + pageblockOrder)
  let below = 0
  for (const [i, { name, kind, endAddress }] of zones.entries()) {
    const isLast = i === zones.length - 1
    const wrong = (what: string): string => `is wrong: zone ${name} ${what}`
    if (zones.findIndex((zone) => zone.name === name) < i) return wrong('is there twice.')
    if (ZONES_OF_CORE.some((zone) => zone.name === name)) return wrong('is added by core.')
    if (kind === 'highmem' && (!isLast || i === 0))
      return wrong('is highmem: that is the last zone, and not the only one.')
    if (isLast !== (endAddress === null))
      return wrong('must have an end unless it is the last one, which has none (null).')
    if (endAddress === null) continue
    if (!(endAddress > 0 && endAddress >= below)) return wrong('ends below the one before it.')
    if (endAddress % pageblockBytes > 0)
      return wrong(`does not end with a pageblock (${pageblockBytes} bytes).`)
    below = endAddress
  }
  return undefined
}

const FEATURES: { readonly [Feature in keyof ArchFeatures]: readonly ArchFeatures[Feature][] } = {
  firmwareMap: [false, true],
  probe: [false, true],
  memmapOnMemory: [false, 'leaves', 'pages'],
  zoneDevice: [false, true],
}

function featureProblem({ features }: Partial<Arch>): string | undefined {
  const keys = Object.keys(FEATURES) as (keyof ArchFeatures)[]
  const unknown = keys.find((key) => !FEATURES[key].some((value) => value === features?.[key]))
  const values = unknown && FEATURES[unknown].map((value) => JSON.stringify(value)).join(' or ')
  return unknown && `must say of ${unknown}: ${values}.`
}

function mappingProblem({ direct, vmemmap, tables }: KernelMapping): string | undefined {
  const inTables = direct.kind === 'radix' || vmemmap.kind === 'radix'
  if (inTables !== (tables !== undefined))
    return 'must have tables where a region is radix, and only there.'
  return undefined
}

/** Memory that can be mapped is in the regions that begin above physical address 0. */
function startProblem({ mapping, mappable, geometry }: Arch): string | undefined {
  for (const name of ['direct', 'vmemmap'] as const) {
    const start = regionStart(mapping[name])
    if (!isAligned(start, 2 ** geometry.sectionSizeBits) || start < 0)
      return `has a ${name} region whose startAddress ${formatHex(start)} is not whole sections.`
    if (mappable !== undefined && mappable.start < start)
      return `has a ${name} region that begins with ${formatHex(start)}: let mappable begin there too.`
  }
  return undefined
}

function tableProblem(arch: Arch): string | undefined {
  const problem = arch.mapping.tables === undefined ? undefined : pageTableProblem(arch)
  return problem && `has page tables that do not fit together: ${problem}`
}

function memmapProblem(memmap: MemmapModel, arch: Arch): string | undefined {
  const hasRegion = arch.mapping.vmemmap.kind !== 'none'
  if (isVirtualArray(memmap) !== hasRegion)
    return `of kind ${memmap.kind} ${hasRegion ? 'has no use for mapping.vmemmap: make that none.' : 'lies in mapping.vmemmap, which is none.'}`
  if (memmap.keeper === undefined && memmap.kind === 'perSection')
    return 'of kind perSection needs what keeps it: take PER_SECTION_MEMMAP.'
  if (memmap.keeper === undefined && memmap.freed === 'never')
    return `that is never freed needs what keeps it: take neverFreed("${memmap.kind}").`
  return undefined
}

function blockProblem({ blockBytes, geometry }: Arch): string | undefined {
  const isWhole = isPowerOfTwo(blockBytes) && blockBytes >= 2 ** geometry.sectionSizeBits
  return isWhole
    ? undefined
    : `is ${blockBytes}: a block is a power of two of at least one section.`
}

function mappableProblem({ mappable, geometry, mapping }: Arch): string | undefined {
  const { start = Number.NaN, end = Number.NaN } = mappable ?? {}
  const sectionBytes = 2 ** geometry.sectionSizeBits
  const isRange = 0 <= start && start < end && end <= 2 ** geometry.maxPhysMemBits
  if (!isRange) return `must be a range of at most 2^${geometry.maxPhysMemBits} bytes.`
  const { bootFrameBase = end } = mapping?.tables ?? {}
  if (end > bootFrameBase)
    return `must end at ${formatHex(bootFrameBase)}: from there on are the frames of boot tables.`
  const isWhole = isAligned(start, sectionBytes) && isAligned(end, sectionBytes)
  return isWhole ? undefined : 'must be whole sections.'
}

const RESIDUES: readonly FailedAddResidue[] = ['direct map', 'earlier sections']

function residueProblem({ failedAddLeaves }: Partial<Arch>): string | undefined {
  const isList = Array.isArray(failedAddLeaves)
  const unknown = isList
    ? failedAddLeaves.find((each) => !RESIDUES.includes(each))
    : failedAddLeaves
  return isList && unknown === undefined ? undefined : `must be a list of ${RESIDUES.join(', ')}.`
}

function slotProblem({ slots = [] }: Partial<Arch>): string | undefined {
  const keys = slots.map((slot) => slot.key)
  const foreign = slots.find(({ holder }) => holder !== 'arch')
  if (foreign !== undefined) return `must be made by stateSlot: ${foreign.key} is not.`
  return new Set(keys).size === keys.length ? undefined : 'must have different keys.'
}
