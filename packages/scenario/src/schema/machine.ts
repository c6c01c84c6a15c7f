import type { KernelConfig } from '@memhp/core'
import { MOST_CPUS } from '@memhp/kernel-files'
import { z } from 'zod'
import { count, fields, numberList, oneOf, positive, size, text } from './values'

/** Boot memory of one node. */
export interface MemoryForm {
  readonly node: number
  /** 0 for a node that is possible and empty. */
  readonly size: number
  /** Physical address; where one entry has it, all have. */
  readonly start?: number
  readonly cpus?: readonly number[]
  readonly distances?: readonly number[]
}

export interface AcpiForm {
  readonly slots?: number
  readonly window?: { readonly start?: number; readonly end?: number }
  readonly alignment?: number
}

/** What stands under `machine`, read: a comfortable form of `MachineDescription`, or a capture. */
export interface MachineForm {
  /** Path of a capture; then nothing else may stand beside it. */
  readonly capture?: string
  /** A machine description as it is; then nothing else may stand beside it. */
  readonly description?: Readonly<Record<string, unknown>>
  readonly arch?: string
  readonly 'arch-options'?: Readonly<Record<string, unknown>>
  readonly kernel?: string
  readonly config?: Partial<KernelConfig>
  readonly defects?: readonly string[]
  readonly memory?: number | readonly MemoryForm[]
  readonly layout?: 'pc' | 'flat'
  readonly cpus?: number
  readonly cmdline?: string
  readonly 'possible-nodes'?: readonly number[]
  readonly 'block-size'?: number
  readonly acpi?: 'none' | AcpiForm
  readonly drivers?: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
  readonly seed?: number
}

const memoryEntry = fields({
  node: count,
  size,
  start: z.exactOptional(size).meta({ description: 'Physical address of its first byte.' }),
  cpus: z.exactOptional(numberList),
  distances: z.exactOptional(z.array(count)),
})

const acpi = fields({
  slots: z.exactOptional(positive).meta({ description: 'Slots for memory devices; default 4.' }),
  window: z.exactOptional(fields({ start: z.exactOptional(size), end: z.exactOptional(size) })),
  alignment: z.exactOptional(size),
})

/** The machine of a scenario. */
export const machineForm: z.ZodType<MachineForm> = fields({
  capture: z.exactOptional(z.string().min(1)).meta({
    description: 'A capture file, relative to the scenario; instead of everything else.',
  }),
  description: z.exactOptional(z.record(z.string(), z.unknown())).meta({
    description: 'The machine as data for createMachine; instead of everything else.',
  }),
  arch: z.exactOptional(text).meta({
    description: 'Name of an architecture plugin; default x86_64.',
  }),
  'arch-options': z.exactOptional(z.record(z.string(), z.unknown())),
  kernel: z.exactOptional(text).meta({
    description: 'Kernel that it runs: rfc9, v3.10, v6.1 (default), v6.12.',
  }),
  config: z.exactOptional(z.record(z.string(), z.union([z.boolean(), z.string()]))).meta({
    description: 'How that kernel is configured, where it is not as usual: { pageCgroup: false }.',
  }),
  defects: z.exactOptional(z.array(text)).meta({
    description: 'Defects of the series of 2012 that the kernel has: [D6]; docs/defects.md.',
  }),
  memory: z.exactOptional(z.union([size, z.array(memoryEntry).min(1)])).meta({
    description: 'Boot memory: of node 0, or node by node.',
  }),
  layout: z.exactOptional(oneOf(['pc', 'flat'])).meta({
    description:
      'pc: with the holes of a QEMU q35 machine (default on x86); flat: without holes from address 0.',
  }),
  cpus: z
    .exactOptional(z.int().min(1).max(MOST_CPUS))
    .meta({ description: 'Number of CPUs, all on the first node.' }),
  cmdline: z.exactOptional(z.string().max(4096)),
  'possible-nodes': z.exactOptional(numberList),
  'block-size': z.exactOptional(size),
  acpi: z.exactOptional(z.union([z.literal('none'), acpi])),
  drivers: z.exactOptional(z.record(z.string(), z.unknown())).meta({
    description: 'Configuration of firmware drivers by name, as the drivers define it.',
  }),
  files: z.exactOptional(
    z.record(z.string().regex(/^\//, 'expected an absolute path'), z.string()),
  ),
  seed: z.exactOptional(count),
})
