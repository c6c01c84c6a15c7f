import type { BlockId, Machine } from '@memhp/core'

/** Where the blocks are. */
export const MEMORY_DIRECTORY = '/sys/devices/system/memory'
/** Where the nodes are. */
export const NODE_DIRECTORY = '/sys/devices/system/node'

/** Reads a file of a block, without its final newline. */
export const readBlock = (
  machine: Machine,
  file: { readonly id: BlockId; readonly name: string },
): string => readLine(machine, `${MEMORY_DIRECTORY}/memory${file.id}/${file.name}`)

/** Reads a file of one line, without its newline. */
export const readLine = (machine: Machine, path: string): string =>
  machine.tree.read(path).replace(/\n$/, '')

/** The numbers of a list as the kernel prints it: `0-1,3`. */
export function parseList(text: string): readonly number[] {
  if (text === '') return []
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}
