import { type Range, rangeIntersection } from '@memhp/core'
import { resourcesIn } from './resources-of'
import type { BareBlock, Topology } from './topology'

/** Part of a resource that the kernel never moves. Bytes, `end` exclusive. */
export interface ImmovableResource {
  readonly kind: 'kernel-image' | 'crash-kernel'
  /** As /proc/iomem names it. */
  readonly name: string
  readonly start: number
  readonly end: number
}

const IMMOVABLE: readonly (readonly [RegExp, ImmovableResource['kind']])[] = [
  [/^Kernel (?:code|data|rodata|bss)$/, 'kernel-image'],
  [/^Crash kernel$/, 'crash-kernel'],
]

/** What /proc/iomem names inside a range and the kernel never moves. Empty where iomem is unknown. */
export function immovableResourcesIn(
  { iomem }: Pick<Topology, 'iomem'>,
  range: Range,
): readonly ImmovableResource[] {
  return resourcesIn(iomem ?? [], range).flatMap(({ resource }) => {
    const kind = IMMOVABLE.find(([pattern]) => pattern.test(resource.name))?.[1]
    const common = rangeIntersection<number>(resource, range)
    return kind === undefined || common === undefined
      ? []
      : [{ kind, name: resource.name, ...common }]
  })
}

/** Who added the memory of a block by itself, without firmware: a driver of the kernel. */
export interface OwnedMemory {
  /** `kmem` (device DAX) or `virtio_mem`, as /proc/iomem has it. */
  readonly driver: string
  /** The device that the memory is inside of: `dax0.0`, `virtio0`; null where none is named. */
  readonly device: string | null
}

/** Source: add_memory_driver_managed, mm/memory_hotplug.c, Linux 5.10 and later. */
const DRIVER_MANAGED = /^System RAM \((\w+)\)$/

/** The driver that added the memory of a block; undefined for boot memory, firmware's devices, and where iomem is unknown. */
export function driverManagedMemory(
  { iomem }: Pick<Topology, 'iomem'>,
  range: Range,
): OwnedMemory | undefined {
  for (const { resource, within } of resourcesIn(iomem ?? [], range)) {
    const driver = DRIVER_MANAGED.exec(resource.name)?.[1]
    if (driver !== undefined) return { driver, device: within.at(-1) ?? null }
  }
  return undefined
}

/**
 * Whether the kernel's own test found a page in an online block that cannot move: kernels before 5.8 run it when `removable` is
 * read, later ones read 0 only if they cannot take memory offline at all.
 * Source: removable_show, drivers/base/memory.c, Linux 4.12 and 5.8.
 */
export const isCalledUnremovable = ({
  removable,
  state,
}: Pick<BareBlock, 'removable' | 'state'>): boolean => removable === false && state === 'online'
