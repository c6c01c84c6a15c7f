import type { LocalTree, Machine } from '@memhp/core'
import {
  DYNAMIC_MEMORY,
  isAssignedLmb,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  parseLmbSize,
  parseLmbTable,
} from '@memhp/kernel-files'
import { drcIndexOf } from '@memhp/topology'
import type { Scope } from './scope'

/** What firmware's own directory shows of a device. */
export type FirmwareCensus =
  | {
      readonly kind: 'acpi'
      /** Its directory is there: an empty slot has one too. */
      readonly directory: boolean
      /** What `status` reads: 15 for a device that is there, 0 for an empty slot. Null where it cannot be read. */
      readonly status: number | null
      /** `physical_node` links to memory blocks. */
      readonly physicalNodes: number
    }
  /** The device tree lists it as assigned to the partition. */
  | { readonly kind: 'lmb'; readonly assigned: boolean }

/** What is left of a firmware device: what its driver knows, and what firmware shows. */
export interface DeviceCensus {
  readonly name: string
  readonly firmware: FirmwareCensus
  /** Ranges that the driver took in (`acpi_memory_info`, an LMB's memory), in bytes, `end` exclusive. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
}

const ACPI_ROOT = '/sys/bus/acpi/devices'

function statusOf(tree: LocalTree, path: string): number | null {
  if (tree.lookup(path) === undefined) return null
  const text = tree.read(path).trim()
  return /^\d+$/.test(text) ? Number(text) : null
}

function acpiCensus(tree: LocalTree, name: string): FirmwareCensus {
  const path = `${ACPI_ROOT}/${name}`
  const directory = tree.lookup(path) !== undefined
  const links = directory ? tree.list(path).filter((file) => /^physical_node\d*$/.test(file)) : []
  return {
    kind: 'acpi',
    directory,
    status: directory ? statusOf(tree, `${path}/status`) : null,
    physicalNodes: links.length,
  }
}

/** DRC indices of the LMBs that the partition has. */
function assignedIndices(tree: LocalTree): (drcIndex: number) => boolean {
  const file = LMB_TABLE_FILES.find(
    (name) => tree.lookup(`${DYNAMIC_MEMORY}/${name}`) !== undefined,
  )
  if (file === undefined) return () => false
  const lmbBytes = parseLmbSize(tree.read(`${DYNAMIC_MEMORY}/${LMB_SIZE_FILE}`))
  const text = tree.read(`${DYNAMIC_MEMORY}/${file}`)
  const runs = parseLmbTable(file, { text, lmbBytes }).filter(isAssignedLmb)
  return (index) =>
    runs.some(({ drcIndex, count }) => drcIndex <= index && index < drcIndex + count)
}

/** Counts what there is of a scope's devices. */
export function countDevices(machine: Machine, scope: Scope): readonly DeviceCensus[] {
  const { tree, drivers } = machine
  const known = new Map(
    drivers.flatMap((driver) => driver.devices(machine)).map((device) => [device.name, device]),
  )
  const isAssigned = assignedIndices(tree)
  return scope.devices.map((name) => {
    const drcIndex = drcIndexOf(name)
    const ranges = known.get(name)?.ranges.filter(({ enabled }) => enabled) ?? []
    return {
      name,
      firmware:
        drcIndex === undefined
          ? acpiCensus(tree, name)
          : { kind: 'lmb', assigned: isAssigned(drcIndex) },
      ranges: ranges.map(({ start, end }) => ({ start, end })),
    }
  })
}
