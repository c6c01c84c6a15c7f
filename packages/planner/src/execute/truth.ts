import type { FileTree, PhysRange } from '@memhp/core'
import {
  blockFile,
  type IomemLine,
  isMaskedIomem,
  isSystemRam,
  parseIomem,
} from '@memhp/kernel-files'
import { readMemTotal, readParsed, readWord } from './block-files'
import type { Inconsistency } from './inconsistency'

/** What a block that went offline, or came back, has to agree with. */
export interface Before {
  /** MemTotal in KiB; undefined where the tree does not say. */
  readonly memTotal: number | undefined
}

/** A block, and its first byte where that is known. */
interface Place {
  readonly id: number
  readonly start: number | undefined
}

/** What the tree says before a step. */
export const lookBefore = async (tree: FileTree): Promise<Before> => ({
  memTotal: await readMemTotal(tree),
})

/** `online` says the same as `state`, in a number; kernels that have no such file say nothing. */
async function checkOnline(
  tree: FileTree,
  block: number,
  expected: '0' | '1',
): Promise<readonly Inconsistency[]> {
  const path = blockFile(block, 'online')
  const online = await readWord(tree, path)
  if (online === undefined || online === expected) return []
  const state = expected === '0' ? 'offline' : 'online'
  const message = `memory${block} reads “${state}”, and its file online reads “${online}”.`
  return [{ kind: 'online-differs', path, message }]
}

async function checkMemTotal(
  tree: FileTree,
  block: number,
  { before, went }: { readonly before: Before; readonly went: 'offline' | 'online' },
): Promise<readonly Inconsistency[]> {
  const after = await readMemTotal(tree)
  const { memTotal } = before
  if (memTotal === undefined || after === undefined) return []
  if (went === 'offline' ? after < memTotal : after > memTotal) return []
  const message = `MemTotal was ${memTotal} kB and is ${after} kB although memory${block} went ${went}.`
  return [{ kind: 'memory-total-unchanged', path: '/proc/meminfo', message }]
}

/** What contradicts that a device gave online memory back. */
export async function memTotalFell(
  tree: FileTree,
  device: string,
  { memTotal }: Before,
): Promise<readonly Inconsistency[]> {
  const after = await readMemTotal(tree)
  if (memTotal === undefined || after === undefined || after < memTotal) return []
  const message = `MemTotal was ${memTotal} kB and is ${after} kB although ${device} gave memory back.`
  return [{ kind: 'memory-total-unchanged', path: '/proc/meminfo', message }]
}

const listsRam = (lines: readonly IomemLine[], at: number): boolean =>
  lines.some(
    ({ name, start, end, children }) =>
      start <= at && end >= at && (isSystemRam(name) || listsRam(children, at)),
  )

/** What /proc/iomem lists; undefined where there is none, it cannot be read, or its addresses are hidden. */
const readListed = (tree: FileTree): Promise<readonly IomemLine[] | undefined> =>
  readParsed(tree, '/proc/iomem', (text) => (isMaskedIomem(text) ? undefined : parseIomem(text)))

/** Whether System RAM is listed where a block begins that is there. */
async function checkListed(
  tree: FileTree,
  id: number,
  start: number,
): Promise<readonly Inconsistency[]> {
  const lines = await readListed(tree)
  if (lines === undefined || listsRam(lines, start)) return []
  const message = `memory${id} is offline and still there, and /proc/iomem lists no System RAM where it begins.`
  return [{ kind: 'iomem-not-listed', path: '/proc/iomem', message }]
}

/** Ranges of a removed device of which System RAM is still listed. */
export async function rangesStillListed(
  tree: FileTree,
  ranges: readonly PhysRange[],
): Promise<readonly Inconsistency[]> {
  const lines = await readListed(tree)
  return ranges
    .filter(({ start }) => lines !== undefined && listsRam(lines, start))
    .map(({ start, end }) => {
      const where = `${start.toString(16)}-${(end - 1).toString(16)}`
      const message = `/proc/iomem still lists System RAM in ${where}.`
      return { kind: 'iomem-still-listed', path: '/proc/iomem', message }
    })
}

/** What contradicts that a block is offline, whose `state` says so. */
export const offlineTruth = async (
  tree: FileTree,
  block: Place,
  before: Before,
): Promise<readonly Inconsistency[]> => [
  ...(await checkOnline(tree, block.id, '0')),
  ...(await checkMemTotal(tree, block.id, { before, went: 'offline' })),
  ...(block.start === undefined ? [] : await checkListed(tree, block.id, block.start)),
]

/** What contradicts that a block is online again, whose `state` says so. */
export const onlineTruth = async (
  tree: FileTree,
  block: number,
  before: Before,
): Promise<readonly Inconsistency[]> => [
  ...(await checkOnline(tree, block, '1')),
  ...(await checkMemTotal(tree, block, { before, went: 'online' })),
]
