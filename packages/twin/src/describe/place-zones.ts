import {
  DEFAULT_GENERATION,
  generationOf,
  type MachineDescription,
  type Plugins,
} from '@memhp/core'
import type { ArchGeometry, ArchZone } from '@memhp/core/plugin'

const MOVABLE = 'Movable'

/** Zones of an architecture, lowest first. */
export type ArchZones = readonly ArchZone[]

/**
 * The numbers of a machine's architecture; undefined where no plugin knows it.
 * @throws HotplugError BAD_DESCRIPTION for options that the architecture refuses
 */
export function archGeometry(
  description: Omit<MachineDescription, 'blocks'>,
  { archs, kernels }: Required<Pick<Plugins, 'archs' | 'kernels'>>,
): ArchGeometry | undefined {
  const definition = archs.find(({ name }) => name === description.arch)
  if (definition === undefined) return undefined
  const options = definition.parseOptions(description.archOptions ?? {})
  const kernel = generationOf(description.kernel ?? DEFAULT_GENERATION, kernels)
  return definition.create(options, description, kernel).geometry
}

/** Names of the zones that some ranges of bytes reach into, lowest first. */
function zonesAt(
  zones: ArchZones,
  ranges: readonly { readonly start: number; readonly end: number }[],
): readonly string[] {
  let zoneStart = 0
  return zones.flatMap(({ name, endAddress }) => {
    const from = zoneStart
    const to = endAddress ?? Number.POSITIVE_INFINITY
    zoneStart = to
    return ranges.some(({ start, end }) => start < to && from < end) ? [name] : []
  })
}

/**
 * The zone of an online block whose zone no file tells, or of boot memory whose file names one that cannot be at its address.
 * @param block.told what the files say; undefined where they do not
 * @param block.ranges bytes of the block that are memory
 * @returns null where it has no single zone
 */
export function zoneByAddress(
  zones: ArchZones,
  block: {
    readonly id: number
    readonly told: string | null | undefined
    readonly early: boolean
    readonly ranges: readonly { readonly start: number; readonly end: number }[]
  },
  assumeOf: (block: number, sentence: string) => void,
): string | null {
  const { id, told, early, ranges } = block
  if (told === null || told === MOVABLE) return told
  const possible = zonesAt(zones, ranges)
  const [only = null] = possible.length === 1 ? possible : []
  if (told === undefined) {
    const zone = only ?? 'no single one'
    assumeOf(id, `no file tells its zone: it is taken to be ${zone}, by its address.`)
    return only
  }
  if (zones.length > 0 && !zones.some(({ name }) => name === told)) {
    const zone = early ? only : (possible[0] ?? null)
    const taken = zone ?? 'no single one'
    assumeOf(
      id,
      `valid_zones reads ${told}, which has no memory blocks: its zone is taken to be ${taken}, by its address.`,
    )
    return zone
  }
  if (!early || only === told || zones.length === 0) return told
  assumeOf(
    id,
    `valid_zones reads ${told}, and boot memory at its address is in ${possible.join(' and ')}: that is believed.`,
  )
  return only
}
