import { isAligned, MIB, type Range, rangesOverlap } from '@memhp/core'
import {
  checkDescribed,
  choiceShape,
  listShape,
  optionalShape,
  recordShape,
  refuseDescription,
  type Shape,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'

/** What a device's `state` reads: what its blocks became as they were added, or that it gives the kernel none. */
export type HotplugState = (typeof HOTPLUG_STATES)[number]

/** Every text of `state`, those first that are written to it. */
export const HOTPLUG_STATES = [
  'unplugged',
  'online',
  'online_kernel',
  'online_movable',
  'offline',
] as const

/** Drivers of the dax bus: one lets programs map a device, one gives its memory to the kernel. */
export type DaxDriverName = 'device_dax' | 'kmem'

/** Memory that is given out as one device. Bytes. */
export interface DaxRegionConfig {
  /** First physical address. */
  readonly start: number
  readonly sizeBytes: number
  /** Node that the memory is of once the kernel has it (`target_node`). */
  readonly node: number
  /**
   * Memory that firmware keeps for a special use, or a namespace of persistent memory, which begins with 2 MiB that describe it.
   * Default: soft-reserved.
   */
  readonly kind?: 'soft-reserved' | 'persistent'
  /** Name of its device; default `dax0.0`, `dax1.0`, … by its place in the list. */
  readonly name?: string
  /** What is bound to it once the machine has booted; default: what the kernel binds by itself. */
  readonly driver?: DaxDriverName | 'none'
  /** Size of its device; default: all. */
  readonly deviceBytes?: number
  /** Its memory holds its own struct pages when kmem adds it; default false. */
  readonly memmapOnMemory?: boolean
  /** Of a captured machine with blocks in it, what `state` reads; default: what auto_online_blocks does. */
  readonly state?: HotplugState
}

/** `drivers['dax-kmem']` of a machine description. */
export interface DaxKmemConfig {
  readonly regions: readonly DaxRegionConfig[]
}

/** The configuration, checked. */
export type DaxKmemLayout = DaxKmemConfig

const PLACE = 'drivers.dax-kmem'

/** What begins and ends a device, and how it may grow and shrink: a part of a section. Source: memremap_compat_align, 6.1 */
export const GRAIN: number = 2 * MIB

function configShape(): Shape<DaxKmemConfig> {
  const region = recordShape<DaxRegionConfig>({
    start: wholeShape(),
    sizeBytes: wholeShape(1),
    node: wholeShape(0, 1023),
    kind: optionalShape(choiceShape('soft-reserved', 'persistent')),
    name: optionalShape(
      textShape({ pattern: /^dax\d{1,6}\.\d{1,6}$/, words: 'a name like dax0.0' }),
    ),
    driver: optionalShape(choiceShape('device_dax', 'kmem', 'none')),
    deviceBytes: optionalShape(wholeShape()),
    memmapOnMemory: optionalShape(choiceShape<boolean>(true, false)),
    state: optionalShape(choiceShape(...HOTPLUG_STATES)),
  })
  return recordShape<DaxKmemConfig>({ regions: listShape(region) })
}

/** Checks the driver's part of a machine description. @throws HotplugError BAD_DESCRIPTION with the place */
export function parseConfig(config: unknown = {}): DaxKmemLayout {
  checkDescribed(configShape(), config, PLACE)
  config.regions.forEach((region, i) => {
    const place = `${PLACE}.regions[${i}]`
    checkRegion(region, place)
    const earlier = config.regions.slice(0, i)
    if (earlier.some((other) => rangesOverlap(memoryOf(other), memoryOf(region))))
      refuseDescription(`${place}.start`, 'lies in another region.')
    const names = earlier.map((other, j) => nameOf(other, j))
    if (names.includes(nameOf(region, i)))
      refuseDescription(`${place}.name`, 'is the name of another device.')
  })
  return config
}

function checkRegion(region: DaxRegionConfig, place: string): void {
  const { start, sizeBytes, deviceBytes } = region
  for (const [field, bytes] of Object.entries({ start, sizeBytes, deviceBytes })) {
    if (bytes !== undefined && !isAligned(bytes, GRAIN))
      refuseDescription(`${place}.${field}`, `must be a multiple of ${GRAIN}.`)
  }
  const { end } = memoryOf(region)
  if (!Number.isSafeInteger(end)) refuseDescription(`${place}.sizeBytes`, 'is too large.')
  const { start: first } = regionOf(region)
  if (first >= end) refuseDescription(`${place}.sizeBytes`, 'leaves nothing for a device.')
  if (deviceBytes !== undefined && first + deviceBytes > end)
    refuseDescription(`${place}.deviceBytes`, 'is more than the region has.')
}

/** All of the memory. Physical addresses in bytes, `end` exclusive. */
export const memoryOf = ({ start, sizeBytes }: DaxRegionConfig): Range => ({
  start,
  end: start + sizeBytes,
})

/** What of it a device may have: persistent memory begins with what describes it. Source: nd_pfn_init, drivers/nvdimm/pfn_devs.c 6.1 */
export const regionOf = (region: DaxRegionConfig): Range => {
  const { start, end } = memoryOf(region)
  return { start: region.kind === 'persistent' ? start + GRAIN : start, end }
}

/** Name of a region's device. @param index its place in the list */
export const nameOf = ({ name }: DaxRegionConfig, index: number): string => name ?? `dax${index}.0`
