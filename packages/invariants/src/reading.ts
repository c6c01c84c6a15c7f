import { type BlockId, type Machine, MEMORY_COUNTERS } from '@memhp/core'
import { blockFile, MOST_NODES, NODE_DIRECTORY, parseNumberList } from '@memhp/kernel-files'

/** Whether the blocks of a machine have this file: not every generation has all. */
export const hasBlockFile =
  (name: string) =>
  ({ generation }: Machine): boolean =>
    generation.rules.sysfs.blockFiles.some((file) => file === name)

/** Whether sysfs shows nodes: a kernel without NUMA has none. */
export const showsNodes = ({ features }: Machine): boolean => features.numa

/** Reads a file of a block, without its final newline. */
export const readBlock = (
  machine: Machine,
  file: { readonly id: BlockId; readonly name: string },
): string => readLine(machine, blockFile(file.id, file.name))

/** Reads a file of one line, without its newline. */
export function readLine(machine: Machine, path: string): string {
  const text = machine.tree.read(path)
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

/** Reads a list of nodes: `online`, `has_memory`, … */
export const readNodeList = (machine: Machine, name: string): readonly number[] =>
  parseNumberList(machine.tree.read(`${NODE_DIRECTORY}/${name}`), MOST_NODES)

/** Reads a file of counters: of a machine that has none, what it would show. */
export function readCounters(machine: Machine, path: '/proc/meminfo' | '/proc/zoneinfo'): string {
  if (machine.subsystems.memoryCounters !== undefined) return machine.tree.read(path)
  return MEMORY_COUNTERS.files(machine)[path]?.show?.() ?? ''
}
