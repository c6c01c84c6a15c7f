import { ERRNO } from '../errors/errno'
import { checkPageTableGeometry } from '../mapping/geometry-check'
import type { Arch, ArchFeatures, ArchGeometry, ArchRemoval, ArchZone } from '../model/arch'
import { ZONES_OF_CORE } from '../zone/zone-table'
import { demandFunctions, demandNamed, refusePlugin } from './refuse-plugin'

const FEATURES: readonly (keyof ArchFeatures)[] = [
  'firmwareMap',
  'probe',
  'memmapOnMemory',
  'zoneDevice',
]

const ZONE_KINDS: readonly ArchZone['kind'][] = ['dma', 'normal', 'highmem']

/**
 * Checks what the `create` of an arch plugin made: that it is whole, and that its numbers fit together.
 * @throws HotplugError BAD_PLUGIN that says what is wrong
 */
export function checkArch(name: string, arch: Arch): Arch {
  const head = { kind: 'arch', name } as const
  demandNamed(head, arch)
  demandFunctions(head, arch, {
    required: ['memoryBlockSizeBytes', 'boot', 'addMemory', 'removeMemory'],
    optional: ['meminfo', 'check'],
  })
  const problem =
    geometryProblem(arch.geometry) ??
    zoneProblem(arch.geometry) ??
    featureProblem(arch.features) ??
    removalProblem(arch.removal)
  if (problem !== undefined) refusePlugin(head, problem)
  if (arch.geometry.pageTables !== undefined) checkPageTableGeometry(arch.geometry)
  return arch
}

/** Every chunk and pageblock lies in one section, and every address is an exact number. */
function geometryProblem(geometry: ArchGeometry | undefined): string | undefined {
  if (geometry === undefined) return 'geometry is missing.'
  const { pageShift, sectionSizeBits, maxPhysMemBits, maxOrder, pageblockOrder, structPageBytes } =
    geometry
  const numbers = { pageShift, sectionSizeBits, maxPhysMemBits, maxOrder, pageblockOrder }
  for (const [key, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 0) return `${key} is ${value}: give a whole number.`
  }
  if (!Number.isInteger(structPageBytes) || structPageBytes <= 0 || structPageBytes % 8 > 0)
    return `structPageBytes is ${structPageBytes}: give a multiple of 8.`
  if (pageblockOrder > maxOrder)
    return `a pageblock of order ${pageblockOrder} is larger than the largest chunk, of order ${maxOrder}.`
  if (pageShift + maxOrder > sectionSizeBits)
    return `a chunk of order ${maxOrder} is larger than a section of 2^${sectionSizeBits} bytes.`
  if (sectionSizeBits >= maxPhysMemBits)
    return `a section of 2^${sectionSizeBits} bytes is no part of 2^${maxPhysMemBits} bytes of memory.`
  if (maxPhysMemBits > 53) return `maxPhysMemBits is ${maxPhysMemBits}: addresses end at 2^53.`
  return undefined
}

function zoneProblem({ zones, pageShift, pageblockOrder }: ArchGeometry): string | undefined {
  if (!Array.isArray(zones) || zones.length === 0) return 'zones must name one zone at least.'
  const pageblockBytes = 2 ** (pageShift + pageblockOrder)
  let below = 0
  for (const [i, { name, kind, endAddress }] of zones.entries()) {
    const isLast = i === zones.length - 1
    if (zones.findIndex((zone) => zone.name === name) < i) return `two zones are called ${name}.`
    if (ZONES_OF_CORE.some((zone) => zone.name === name)) return `zone ${name} is added by core.`
    if (!ZONE_KINDS.includes(kind)) return `zone ${name}: kind must be ${ZONE_KINDS.join(', ')}.`
    if (kind === 'highmem' && (!isLast || i === 0))
      return `zone ${name}: HighMem is the last zone, and not the only one.`
    if (isLast !== (endAddress === null))
      return `zone ${name}: the last zone, and no other, has no end (null).`
    if (endAddress === null) continue
    if (!(endAddress > below)) return `zone ${name} does not end above the one before it.`
    if (endAddress % pageblockBytes > 0)
      return `zone ${name} does not end with a pageblock (${pageblockBytes} bytes).`
    below = endAddress
  }
  return undefined
}

function featureProblem(features: ArchFeatures | undefined): string | undefined {
  const unknown = FEATURES.find((key) => typeof features?.[key] !== 'boolean')
  return unknown === undefined ? undefined : `features.${unknown} must be true or false.`
}

function removalProblem(removal: ArchRemoval | undefined): string | undefined {
  if (removal?.kind === 'supported') return undefined
  if (removal?.kind !== 'impossible' && removal?.kind !== 'not-written')
    return 'removal.kind must be "supported", "impossible" or "not-written".'
  if (!Object.hasOwn(ERRNO, removal.errno))
    return `removal.errno ${JSON.stringify(removal.errno)} is no errno that memhp knows.`
  if (typeof removal.reason !== 'string' || removal.reason === '')
    return 'removal.reason must say why memory cannot be removed.'
  return undefined
}
