import { HotplugError, type PhysRange, physAddr } from '@memhp/core'
import { formatHex } from '@memhp/kernel-files'
import { type BlockInfo, driverManagedMemory, type Topology } from '@memhp/topology'

/** What a hypervisor is asked by for another size of a device. No file system has it: what carries a plan out knows how. */
export const requestFile = (device: string): string => `hypervisor:${device}/requested-size`

/** The device of a `requestFile`; undefined for other paths. */
export const deviceOfRequest = (path: string): string | undefined =>
  /^hypervisor:(.+)\/requested-size$/.exec(path)?.[1]

/** Bytes of a device that are plugged, as its hypervisor counts them. */
export const sizeFile = (device: string): string => `hypervisor:${device}/size`

/** A device whose memory grows and shrinks, as the guest shows it. */
export interface Resizable {
  readonly name: string
  /** All that it may have. */
  readonly range: PhysRange
  /** Blocks that its driver has added, ascending. */
  readonly blocks: readonly BlockInfo[]
  /** Bytes that are plugged: its blocks without the pages that its driver withholds, where these were counted. */
  readonly pluggedBytes: number
}

/** A line of /proc/iomem. Source: virtio_mem_create_resource, drivers/virtio/virtio_mem.c, Linux 5.8 and later. */
const NAME = /^virtio\d+$/
const DRIVER = 'virtio_mem'

/** Devices whose memory grows and shrinks; none where iomem is unknown. */
export function resizablesOf(topology: Topology): readonly Resizable[] {
  return (topology.iomem ?? [])
    .filter(({ name }) => NAME.test(name))
    .map(({ name, start, end }) => {
      const blocks = topology.blocks.filter(
        (block) =>
          block.start >= start &&
          block.end <= end &&
          driverManagedMemory(topology, block)?.driver === DRIVER,
      )
      const withheld = blocks.reduce(
        (sum, { contents }) => sum + (contents?.counts.withheld ?? 0),
        0,
      )
      return {
        name,
        range: { start: physAddr(start), end: physAddr(end) },
        blocks,
        pluggedBytes: blocks.length * topology.blockBytes - withheld * topology.pageBytes,
      }
    })
}

/**
 * Finds one by its name.
 * @throws HotplugError NO_SUCH_DEVICE
 */
export function resizableCalled(topology: Topology, name: string): Resizable {
  const all = resizablesOf(topology)
  const found = all.find((each) => each.name === name)
  if (found !== undefined) return found
  const there = all.map((each) => `${each.name} at ${formatHex(each.range.start)}`).join(', ')
  throw new HotplugError(
    'NO_SUCH_DEVICE',
    'ENODEV',
    `There is no device ${JSON.stringify(name)} whose memory grows and shrinks. Such devices: ${there || (topology.iomem === null ? 'not known, for /proc/iomem cannot be read' : 'none')}.`,
    { detail: { device: name } },
  )
}
