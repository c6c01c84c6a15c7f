import { createMachine, type MachineDescription, type Plugins, SUBSYSTEMS } from '@memhp/core'
import { MachineWatch } from '@memhp/invariants'
import { openSession, type Session } from '@memhp/trace'

/** The machine of a simulation with the names that were given on it. */
export interface World extends Session {
  /** Fingerprint of the machine at the snapshot that it returns to; undefined where none was taken. */
  remembered: string | undefined
  readonly watch: MachineWatch
}

/** Boots the machine of a simulation. */
export function createWorld(description: MachineDescription, plugins: Plugins): World {
  const machine = createMachine(description, { subsystems: SUBSYSTEMS, ...plugins })
  return { ...openSession(machine), remembered: undefined, watch: new MachineWatch(machine) }
}

/** Names of the memory that was taken as an allocation, oldest first. */
export const allocationNames = ({ memory }: World): string[] =>
  [...memory.keys()].filter((name) => memory.get(name)?.kind === 'allocation')

const OBSTACLE = 'obstacle-'

/** A name for kernel memory in a block that no memory has yet. */
export function obstacleName({ memory }: World, block: number): string {
  for (let i = 0; ; i++) {
    const name = `${OBSTACLE}${block}-${i}`
    if (!memory.has(name)) return name
  }
}

/** Names of the kernel memory that was put into a block. */
export const obstacleNames = ({ memory }: World, block: number): string[] =>
  [...memory.keys()].filter((name) => name.startsWith(`${OBSTACLE}${block}-`))

/** Blocks that kernel memory was put into. */
export function obstructedBlocks({ memory }: World): number[] {
  const blocks = new Set<number>()
  for (const name of memory.keys())
    if (name.startsWith(OBSTACLE))
      blocks.add(Number(name.slice(OBSTACLE.length, name.lastIndexOf('-'))))
  return [...blocks]
}
