import type { NodeId, PhysAddr } from '../address/brand'

/** One stretch of physical memory that a firmware device announces. `end` is exclusive, in bytes. @public */
export interface DeviceRange {
  readonly start: PhysAddr
  readonly end: PhysAddr
  /** The kernel took it in: it has blocks, and removal must take them out again. */
  enabled: boolean
}

/** What a firmware driver owns: what comes and goes as a whole. @public */
export interface MemoryDevice {
  /** Name on its bus, unique within the driver. */
  readonly name: string
  readonly driver: string
  nodeId: NodeId
  readonly ranges: DeviceRange[]
  groupId: number | null
}
