import { type FileTree, isHotplugError } from '@memhp/core'
import { blockFile, kilobytesOf, parseMeminfo, TextFault } from '@memhp/kernel-files'
import type { BlockBefore, StepResult } from './journal'

/** The text of a file without its newline; undefined where it cannot be read. */
export async function readWord(tree: FileTree, path: string): Promise<string | undefined> {
  try {
    return (await tree.read(path)).trim()
  } catch (error) {
    if (isHotplugError(error)) return undefined
    throw error
  }
}

/** What a file tells; undefined where it cannot be read, or has a text that no kernel writes. */
export async function readParsed<T>(
  tree: FileTree,
  path: string,
  parse: (text: string) => T,
): Promise<T | undefined> {
  const text = await readWord(tree, path)
  try {
    return text === undefined ? undefined : parse(text)
  } catch (error) {
    if (error instanceof TextFault) return undefined
    throw error
  }
}

/** How a block is now; undefined where there is none. */
export async function readBlock(tree: FileTree, block: number): Promise<BlockBefore | undefined> {
  const state = await readWord(tree, blockFile(block, 'state'))
  if (state === undefined) return undefined
  const zones = await readWord(tree, blockFile(block, 'valid_zones'))
  const zone = state === 'online' && zones !== undefined && zones !== 'none' ? zones : null
  return { state, zone }
}

/** One write, with a refusal as a value. Whatever is not a refusal is thrown on. */
export async function tryWrite(
  tree: FileTree,
  write: { readonly path: string; readonly text: string },
): Promise<StepResult> {
  try {
    await tree.write(write.path, write.text)
    return { kind: 'done' }
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const { errno, code, message, detail } = error
    return { kind: 'refused', errno, code, message, detail }
  }
}

/** MemTotal in KiB; undefined where the tree does not say. */
export const readMemTotal = (tree: FileTree): Promise<number | undefined> =>
  readParsed(tree, '/proc/meminfo', (text) => kilobytesOf(parseMeminfo(text), 'MemTotal'))
