// The folder that the command lines of an input run in.
import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse, stringify } from 'yaml'
import { withDigits } from '../../packages/conformance/tests/damage'
import { baseText, baseTree } from '../bases'
import { damagedData, damagedText } from '../damage'
import type { DamagedText, Entry, OddFile, Packing, TreeChange } from '../input'

/** Longer than a string of V8 may be, and as a file without a block on the disk. */
const SPARSE_BYTES = 3 * 2 ** 30

function textOf({ base, damages, texts }: DamagedText): string {
  const text = baseText(base)
  if (damages.length === 0) return damagedText(text, texts)
  const isYaml = base.startsWith('scenario:')
  const data = damagedData(isYaml ? parse(text) : JSON.parse(text), damages)
  return damagedText(isYaml ? stringify(data) : (JSON.stringify(data) ?? ''), texts)
}

function packed(text: string, packing: Packing): string | Buffer {
  if (packing === 'plain') return text
  const bytes = gzipSync(text, { level: 1 })
  return packing === 'packed' ? bytes : bytes.subarray(0, bytes.length / 2)
}

function writeOdd(path: string, odd: OddFile): void {
  switch (odd) {
    case 'directory':
      mkdirSync(path)
      return
    case 'fifo':
      // Node has no call for it.
      spawnSync('mkfifo', [path])
      return
    case 'loop':
      symlinkSync(path, path)
      return
    case 'dangling':
      symlinkSync('no/such/file', path)
      return
    case 'empty':
      writeFileSync(path, '')
      return
    case 'sparse':
      writeFileSync(path, '')
      truncateSync(path, SPARSE_BYTES)
  }
}

type Tree = Map<string, string | { readonly odd: OddFile }>

const isNamed = (path: string, name: string): boolean => path.endsWith(`/${name}`)

/** Carries out a change on a tree of texts. Picks are of the paths in their order. */
function changeTree(tree: Tree, change: TreeChange): void {
  const paths = [...tree.keys()].sort()
  const picked = 'pick' in change ? (paths[change.pick % Math.max(paths.length, 1)] ?? '/x') : '/x'
  const content = tree.get(picked)
  switch (change.kind) {
    case 'gone':
      tree.delete(picked)
      return
    case 'branch-gone': {
      let branch = picked
      for (let up = 0; up < change.up; up++) branch = dirname(branch)
      for (const path of paths) if (path.startsWith(`${branch}/`)) tree.delete(path)
      return
    }
    case 'name-gone':
      for (const path of paths) if (isNamed(path, change.name)) tree.delete(path)
      return
    case 'text':
      tree.set(picked, change.text)
      return
    case 'name-text':
      for (const path of paths) if (isNamed(path, change.name)) tree.set(path, change.text)
      return
    case 'digits':
      if (typeof content === 'string') tree.set(picked, withDigits(content, change))
      return
    case 'renamed':
      tree.delete(picked)
      if (content !== undefined) tree.set(withDigits(picked, change), content)
      return
    case 'odd':
      tree.set(picked, { odd: change.odd })
      return
    case 'added':
      tree.set(change.path, change.text)
  }
}

/** What the file system does not take, as a file below a file, is left out: a host could not have it either. */
function tryToWrite(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error || 'code' in error)) throw error
  }
}

function writeTree(root: string, base: string, changes: readonly TreeChange[]): void {
  const tree: Tree = new Map(Object.entries(baseTree(base)))
  for (const change of changes) changeTree(tree, change)
  mkdirSync(root)
  for (const [path, content] of tree) {
    tryToWrite(() => {
      const place = join(root, path)
      mkdirSync(dirname(place), { recursive: true })
      if (typeof content !== 'string') writeOdd(place, content.odd)
      else if (content.startsWith('-> ')) symlinkSync(content.slice(3), place)
      else writeFileSync(place, content)
    })
  }
}

/** Writes what an input holds into an empty folder. */
export function writeEntries(folder: string, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const path = join(folder, entry.path)
    if ('text' in entry) writeFileSync(path, entry.text)
    else if ('odd' in entry) writeOdd(path, entry.odd)
    else if ('tree' in entry) writeTree(path, entry.tree, entry.changes)
    else writeFileSync(path, packed(textOf(entry.damaged), entry.packing))
  }
}

function stampOf(path: string): string {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) return `link ${readlinkSync(path)}`
  return stats.isDirectory() ? 'folder' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`
}

/** What stands in a folder and below, so that what a command changes can be told. */
export function stampsIn(folder: string): ReadonlyMap<string, string> {
  const stamps = new Map<string, string>()
  // Not by readdir's `recursive`: that of Node 20 follows links, and those of a host lead in circles.
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = join(below, entry.name)
      stamps.set(name, stampOf(join(folder, name)))
      if (entry.isDirectory()) visit(name)
    }
  }
  visit('')
  return stamps
}

/** Names that differ between two states of a folder. */
export function changedNames(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  )
}
