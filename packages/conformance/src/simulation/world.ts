import {
  type BlockId,
  createMachine,
  fingerprint,
  type Machine,
  type MachineDescription,
  type Pfn,
  type Plugins,
  type Snapshot,
} from '@memhp/core'

/** What a simulation knows of its machine besides the machine: whom it gave memory, and what it remembers. */
export interface World {
  readonly machine: Machine
  /** Ids of owners by name. */
  readonly owners: Map<string, number>
  /** Pages of kernel memory that `obstruct` placed, by block. */
  readonly obstacles: Map<BlockId, Pfn[]>
  remembered: Remembered | undefined
}

interface Remembered {
  readonly snapshot: Snapshot
  readonly fingerprint: string
  readonly owners: ReadonlyMap<string, number>
  readonly obstacles: ReadonlyMap<BlockId, readonly Pfn[]>
}

/** Boots the machine of a simulation. */
export function createWorld(description: MachineDescription, plugins: Plugins): World {
  return {
    machine: createMachine(description, plugins),
    owners: new Map(),
    obstacles: new Map(),
    remembered: undefined,
  }
}

/** Everything of the world as it is now. */
export const remember = (world: World, snapshot: Snapshot): Remembered => ({
  snapshot,
  fingerprint: fingerprint(world.machine),
  owners: new Map(world.owners),
  obstacles: new Map([...world.obstacles].map(([id, pages]) => [id, [...pages]])),
})

/** Puts the simulation's own books back; the machine is the caller's. */
export function recall(world: World, remembered: Remembered): void {
  const { owners, obstacles } = world
  owners.clear()
  obstacles.clear()
  for (const [name, id] of remembered.owners) owners.set(name, id)
  for (const [id, pages] of remembered.obstacles) obstacles.set(id, [...pages])
}
