import { isHotplugError, type LocalTree } from '@memhp/core'
import { blockDirectory, NODE_DIRECTORY } from '@memhp/kernel-files'
import type { BlockWant, TextWant } from '../format/check'
import { formatNumberList } from '../text'
import { compareText, plainText } from './compare-text'
import { type Difference, differing } from './evidence'

/** A block's state, zones and nodes in words, as far as they are wanted. */
function describeBlock(tree: LocalTree, block: number, want: BlockWant): string {
  const folder = blockDirectory(block)
  if (tree.lookup(folder) === undefined) return 'absent'
  const state = tree.read(`${folder}/state`).trim()
  const hasZones = tree.lookup(`${folder}/valid_zones`) !== undefined
  const zones = hasZones ? tree.read(`${folder}/valid_zones`).trim() : ''
  if (want.kind === 'absent') return `${state} ${zones}`.trim()
  const nodes = tree.list(folder).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? [])
  return [
    want.state === undefined ? '' : state,
    want.zones === undefined ? '' : zones,
    want.nodes === undefined ? '' : `on node ${nodes.join(',')}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

function wantedBlock(want: BlockWant): string {
  if (want.kind === 'absent') return 'absent'
  const nodes = want.nodes === undefined ? undefined : `on node ${want.nodes.join(',')}`
  return [want.state, want.zones === undefined ? undefined : plainText(want.zones), nodes]
    .filter((part) => part !== undefined)
    .join(' ')
}

/** Compares blocks; those that differ in the same way are told together. */
export function checkBlocks(
  tree: LocalTree,
  { blocks, want }: { readonly blocks: readonly number[]; readonly want: BlockWant },
): readonly Difference[] {
  const expected = wantedBlock(want)
  const groups = new Map<string, number[]>()
  for (const block of blocks) {
    const seen = describeBlock(tree, block, want)
    if (seen === expected) continue
    const alike = groups.get(seen)
    if (alike === undefined) groups.set(seen, [block])
    else alike.push(block)
  }
  return [...groups].map(([seen, numbers]) => ({
    what: `memory${formatNumberList(numbers)}`,
    expected,
    seen,
  }))
}

/** Compares a list of nodes. */
export function checkNodeList(
  tree: LocalTree,
  { list, text }: { readonly list: string; readonly text: string },
): readonly Difference[] {
  const seen = tree.read(`${NODE_DIRECTORY}/${list}`).trim()
  return differing({
    what: `node/${list}`,
    expected: text.trim() || 'no node',
    seen: seen || 'no node',
  })
}

/** Compares a file's text. */
export function checkFile(
  tree: LocalTree,
  { path, want }: { readonly path: string; readonly want: TextWant | 'absent' },
): readonly Difference[] {
  const isThere = tree.lookup(path) !== undefined
  if (want === 'absent') {
    return differing({ what: path, expected: 'absent', seen: isThere ? 'there' : 'absent' })
  }
  if (!isThere) return [{ what: path, expected: 'a file', seen: 'absent' }]
  try {
    return compareText(path, tree.read(path), want)
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return [{ what: path, expected: 'a text', seen: `${error.errno}: ${error.message}` }]
  }
}
