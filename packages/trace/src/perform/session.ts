import {
  HotplugError,
  type Machine,
  MachineClock,
  type NodeId,
  type Pfn,
  restoreSnapshot,
  type Snapshot,
  takeSnapshot,
} from '@memhp/core'

/** Memory that an operation took under a name. */
export type NamedMemory =
  /** What `fill` and `allocate` take. */
  | { readonly kind: 'allocation'; readonly id: number }
  /** What `obstruct` takes. */
  | { readonly kind: 'pages'; readonly pages: readonly Pfn[] }
  /** What `take-huge` takes. */
  | {
      readonly kind: 'huge'
      readonly nodeId: NodeId
      readonly order: number
      readonly count: number
      readonly state: 'free' | 'used'
    }

/** A machine and its names at one moment. */
export interface SessionSnapshot {
  readonly machine: Snapshot
  readonly memory: ReadonlyMap<string, NamedMemory>
}

/** A machine, and the names that operations gave on it. */
export interface Session {
  readonly machine: Machine
  readonly memory: Map<string, NamedMemory>
  readonly snapshots: Map<string, SessionSnapshot>
  /** Its time, which passes where an operation says so. */
  readonly clock: MachineClock
}

/** Begins to act on a machine. */
export const openSession = (machine: Machine): Session => ({
  machine,
  memory: new Map(),
  snapshots: new Map(),
  clock: new MachineClock(machine),
})

/** The refusal of a name that was not given. */
function unknownName(thing: string, name: string): HotplugError {
  return new HotplugError('BAD_ARGUMENT', 'EINVAL', `No ${thing} is called "${name}".`, {
    detail: { name },
  })
}

/** @throws HotplugError BAD_ARGUMENT (EEXIST) where the name is taken */
export function checkFreeName({ memory }: Session, name: string): void {
  if (!memory.has(name)) return
  throw new HotplugError('BAD_ARGUMENT', 'EEXIST', `Memory called "${name}" exists already.`, {
    detail: { name },
  })
}

/** @throws HotplugError BAD_ARGUMENT (EINVAL) where no memory has the name */
export function memoryOf({ memory }: Session, name: string): NamedMemory {
  const found = memory.get(name)
  if (found !== undefined) return found
  throw unknownName('memory', name)
}

/** Remembers the machine, and the names given on it. A later snapshot of the same name replaces it. */
export function saveSnapshot({ machine, memory, snapshots }: Session, name: string): void {
  snapshots.set(name, { machine: takeSnapshot(machine), memory: new Map(memory) })
}

/** @throws HotplugError BAD_ARGUMENT (EINVAL) where no snapshot has the name */
export function snapshotOf({ snapshots }: Session, name: string): SessionSnapshot {
  const found = snapshots.get(name)
  if (found !== undefined) return found
  throw unknownName('snapshot', name)
}

/** Puts the machine and the names back. @throws HotplugError BAD_ARGUMENT (EINVAL) */
export function returnToSnapshot(session: Session, name: string): void {
  const snapshot = snapshotOf(session, name)
  restoreSnapshot(session.machine, snapshot.machine)
  session.memory.clear()
  for (const [key, value] of snapshot.memory) session.memory.set(key, value)
}
