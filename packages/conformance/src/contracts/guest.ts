import {
  alignUp,
  DEFAULT_GENERATION,
  GENERATIONS,
  GIB,
  generationOf,
  type Machine,
  type MachineDescription,
  restoreSnapshot,
  takeSnapshot,
} from '@memhp/core'
import type { ArchDefinition } from '@memhp/core/plugin'

/** A machine with a GiB of memory on node 0, and a node 1 without, unless told otherwise. */
export const describeGuest = (
  arch: string,
  more: { readonly [Key in keyof MachineDescription]?: MachineDescription[Key] | undefined },
): MachineDescription => ({
  arch,
  nodes: [
    { id: 0, cpus: [0, 1] },
    { id: 1, cpus: [] },
  ],
  ram: [{ start: 0, end: GIB, node: 0 }],
  ...(Object.fromEntries(
    Object.entries(more).filter(([, value]) => value !== undefined),
  ) as Partial<MachineDescription>),
})

/**
 * Boot memory where the architecture's memory begins, in whole blocks: a GiB, or as many blocks as are asked for.
 * @param said what is said of the machine beside its architecture; what it says of memory comes first
 */
export function ramOf<Options>(
  plugin: ArchDefinition<Options>,
  said: Partial<Omit<MachineDescription, 'arch'>>,
  blocks?: number,
): MachineDescription['ram'] {
  if (said.ram !== undefined) return said.ram
  const options = plugin.parseOptions(said.archOptions ?? {})
  const kernel = generationOf(said.kernel ?? DEFAULT_GENERATION, GENERATIONS)
  const { mappable, blockBytes } = plugin.create(options, describeGuest(plugin.name, said), kernel)
  const unit = said.blockSizeBytes ?? blockBytes
  const start = alignUp(mappable.start, unit)
  const sizeBytes = blocks === undefined ? alignUp(GIB, unit) : blocks * unit
  return [{ start, end: start + sizeBytes, node: 0 }]
}

/** One machine, made when it is first asked for, and put back each time to what it was. */
export function renewed(make: () => Machine): () => Machine {
  let first: (() => Machine) | undefined
  const begin = (): (() => Machine) => {
    const machine = make()
    const snapshot = takeSnapshot(machine)
    return () => {
      restoreSnapshot(machine, snapshot)
      return machine
    }
  }
  return () => {
    first ??= begin()
    return first()
  }
}
