import { HotplugError } from '@memhp/core'
import type { MachineProfile } from './machine'

/** A NUMA node of the guest as it boots. */
export interface GuestNode {
  /** Boot memory in MiB; 0 for a node that only hot-plugged memory will fill. */
  readonly mib: number
  /** CPUs of this node. Default 1 for the first node, 0 for others. */
  readonly cpus?: number
}

/** The guest's memory and CPUs. */
export interface GuestMemory {
  readonly nodes: readonly GuestNode[]
  /** Slots for DIMMs. Default 0: no memory device can be plugged. */
  readonly slots?: number
  /** MiB of boot memory and devices together, at most. Needed where there are slots. */
  readonly maxMib?: number
}

export const bootMibOf = (memory: GuestMemory): number =>
  memory.nodes.reduce((sum, { mib }) => sum + mib, 0)

export const cpusOf = ({ nodes }: GuestMemory): readonly number[] =>
  nodes.map(({ cpus }, index) => cpus ?? (index === 0 ? 1 : 0))

const bad = (message: string): HotplugError => new HotplugError('BAD_ARGUMENT', 'EINVAL', message)

/**
 * Checks what QEMU would refuse in words that name no option of ours.
 * @throws HotplugError BAD_ARGUMENT
 */
export function checkMemory(memory: GuestMemory, { alignMib, hasNodes }: MachineProfile): void {
  const { nodes, slots = 0, maxMib } = memory
  const counts = [...nodes.map(({ mib }) => mib), ...cpusOf(memory), slots, maxMib ?? 0]
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw bad('Sizes in MiB, CPUs and slots are whole numbers, 0 or more.')
  }
  if (bootMibOf(memory) === 0) throw bad('At least one node needs boot memory.')
  if (cpusOf(memory).every((count) => count === 0)) throw bad('At least one node needs a CPU.')
  if (!hasNodes && nodes.length > 1) throw bad('This machine has no nodes: its memory is one.')
  const crooked = nodes.find(({ mib }) => mib % alignMib !== 0)
  if (crooked !== undefined) {
    throw bad(
      `${crooked.mib} MiB: boot memory of this machine comes in multiples of ${alignMib} MiB.`,
    )
  }
  if (slots > 0 && maxMib === undefined) throw bad('Slots need maxMib: how far memory may grow.')
  if (maxMib !== undefined && maxMib < bootMibOf(memory)) {
    throw bad(`maxMib is ${maxMib}, less than the boot memory of ${bootMibOf(memory)} MiB.`)
  }
}

/** QEMU's arguments for memory, CPUs and nodes. */
export function memoryArguments(
  memory: GuestMemory,
  { hasNodes }: Pick<MachineProfile, 'hasNodes'>,
): string[] {
  const { nodes, slots = 0, maxMib } = memory
  const cpus = cpusOf(memory)
  const size = `size=${bootMibOf(memory)}M`
  const growth = maxMib === undefined ? '' : `,slots=${slots},maxmem=${maxMib}M`
  let firstCpu = 0
  const numa = nodes.flatMap(({ mib }, index) => {
    if (!hasNodes) {
      firstCpu += cpus[index] ?? 0
      return []
    }
    const count = cpus[index] ?? 0
    const range = count === 0 ? '' : `,cpus=${firstCpu}-${firstCpu + count - 1}`
    firstCpu += count
    if (mib === 0) return ['-numa', `node,nodeid=${index}${range}`]
    return [
      ...['-object', `memory-backend-ram,id=node${index}-ram,size=${mib}M`],
      ...['-numa', `node,nodeid=${index}${range},memdev=node${index}-ram`],
    ]
  })
  return ['-m', size + growth, '-smp', String(firstCpu), ...numa]
}
