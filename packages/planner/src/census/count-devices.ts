import type { LocalTree, Machine } from '@memhp/core'
import type { Scope } from './scope'

/** What is left of a firmware device: what its driver knows, and its directory. */
export interface DeviceCensus {
  readonly name: string
  /** Its directory is there: an empty slot has one too. */
  readonly directory: boolean
  /** What `status` reads: 15 for a device that is there, 0 for an empty slot. Null where it cannot be read. */
  readonly status: number | null
  /** Ranges that the driver took in (`acpi_memory_info`), in bytes, `end` exclusive. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
  /** `physical_node` links to memory blocks. */
  readonly physicalNodes: number
}

const ACPI_ROOT = '/sys/bus/acpi/devices'

function statusOf(tree: LocalTree, path: string): number | null {
  if (tree.lookup(path) === undefined) return null
  const text = tree.read(path).trim()
  return /^\d+$/.test(text) ? Number(text) : null
}

/** Counts what there is of a scope's devices. */
export function countDevices(machine: Machine, scope: Scope): readonly DeviceCensus[] {
  const { tree, drivers } = machine
  const known = drivers.flatMap((driver) => driver.devices(machine))
  return scope.devices.map((name) => {
    const path = `${ACPI_ROOT}/${name}`
    const directory = tree.lookup(path) !== undefined
    const device = known.find((candidate) => candidate.name === name)
    const ranges = device?.ranges.filter(({ enabled }) => enabled) ?? []
    const links = directory ? tree.list(path).filter((file) => /^physical_node\d*$/.test(file)) : []
    return {
      name,
      directory,
      status: directory ? statusOf(tree, `${path}/status`) : null,
      ranges: ranges.map(({ start, end }) => ({ start, end })),
      physicalNodes: links.length,
    }
  })
}
