import {
  alignDown,
  createMachine,
  GENERATIONS,
  type Generation,
  GIB,
  isHotplugError,
  type Machine,
  type MachineDescription,
  type Plugins,
  SUBSYSTEMS,
} from '@memhp/core'
import type { FirmwareDialect } from '@memhp/core/plugin'
import { firmwareOperation } from './firmware-operations'
import { CORE_OPERATIONS, keepsThreads, type SweepOperation } from './operations'

/** A kind of machine that is swept. */
export interface SweptMachine {
  readonly arch: string
  /** Kind of the architecture. */
  readonly variant: string
  readonly kernel: string
  readonly description: MachineDescription
  /** All that it may be asked for; some may not be for its kernel. */
  readonly operations: readonly SweepOperation[]
}

/** What an architecture is that has one kind. */
const ONE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { default: {} }

/** Every kind of machine: architectures in their variants, each with every kernel that it can have. */
export const sweptMachines = (
  plugins: Plugins,
  dialects: readonly FirmwareDialect[],
): readonly SweptMachine[] =>
  plugins.archs.flatMap(({ name: arch, variants = ONE }) =>
    Object.entries(variants).flatMap(([variant, archOptions]) =>
      GENERATIONS.flatMap((generation): readonly SweptMachine[] => {
        const kernel = generation.name
        const kind = { arch, archOptions, kernel }
        const end = ramEnd(plugins, kind)
        if (end === undefined) return []
        const description = describe(kind, end)
        const operations = [
          ...CORE_OPERATIONS,
          ...firmwareOperations(dialects, { arch, end, generation }),
        ]
        return [{ arch, variant, kernel, description, operations }]
      }),
    ),
  )

/** The operations of an architecture's firmware, on machines that have it. */
function firmwareOperations(
  dialects: readonly FirmwareDialect[],
  {
    arch,
    end,
    generation,
  }: { readonly arch: string; readonly end: number; readonly generation: Generation },
): readonly SweepOperation[] {
  return dialects.flatMap(({ driver, walk: { sweep } }) => {
    if (sweep?.archs.includes(arch) !== true) return []
    // What a driver brings online by itself is in Movable where threads of its node would be in it else, for good.
    const words = [sweep.cmdline ?? [], keepsThreads(generation) ? 'movable_node' : []].flat()
    const description = { cmdline: words.join(' '), drivers: { [driver]: sweep.config(end) } }
    return sweep.operations.map((each) => ({ ...firmwareOperation(each), description }))
  })
}

type Kind = Pick<MachineDescription, 'arch' | 'archOptions' | 'kernel'>

/** Boot memory on node 0, and a node 1 without. No memory comes online by itself. */
const describe = (kind: Kind, end: number): MachineDescription => ({
  ...kind,
  nodes: [
    { id: 0, cpus: [0, 1] },
    { id: 1, cpus: [] },
  ],
  ram: [{ start: 0, end, node: 0 }],
  autoOnlineBlocks: 'offline',
})

/** A GiB of boot memory, or more where that is few blocks, or less where that is most of what can be addressed. */
function ramEnd(plugins: Plugins, kind: Kind): number | undefined {
  const least = bootOf(describe(kind, GIB / 16), plugins)
  if (least === undefined) return undefined
  const { geometry, arch } = least
  const { blockBytes } = geometry
  return Math.max(4 * blockBytes, alignDown(Math.min(GIB, arch.mappable.end / 4), blockBytes))
}

/** A machine that has just booted; undefined where its kernel does not exist, or cannot be as it is described. */
export function bootOf(description: MachineDescription, plugins: Plugins): Machine | undefined {
  try {
    return createMachine(description, { subsystems: SUBSYSTEMS, ...plugins })
  } catch (error) {
    if (isHotplugError(error) && /^kernel$|^defects/.test(String(error.detail.place)))
      return undefined
    throw error
  }
}
