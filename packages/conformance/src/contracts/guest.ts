import {
  GIB,
  type Machine,
  type MachineDescription,
  restoreSnapshot,
  takeSnapshot,
} from '@memhp/core'

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
