// Carries out damages on documents and texts.
import { withDigits } from '../packages/conformance/tests/damage'
import type { Damage, Data, TextDamage } from './input'

type Container = Data[] | { [key: string]: Data }

const isContainer = (value: Data): value is Container => typeof value === 'object' && value !== null

/** Every place below a value that holds no other, and each empty container. */
function leavesOf(
  root: Data,
): { readonly parent: { [key: string]: Data }; readonly key: string }[] {
  if (!isContainer(root)) return []
  const parent = root as { [key: string]: Data }
  return Object.keys(root).flatMap((key) => {
    const below = leavesOf(parent[key])
    return below.length > 0 ? below : [{ parent, key }]
  })
}

/** Where picks lead: one pick to a leaf, of which a document has most; several from container to container. */
function find(
  root: Data,
  picks: readonly number[],
): { readonly parent: { [key: string]: Data }; readonly key: string } | undefined {
  const [pick = 0, ...deeper] = picks
  if (deeper.length > 0) return follow(root, picks)
  const leaves = leavesOf(root)
  return leaves[pick % Math.max(leaves.length, 1)]
}

/** Where picks lead from container to container: one that is not empty and one of its keys; undefined where there is none. */
function follow(
  root: Data,
  picks: readonly number[],
): { readonly parent: { [key: string]: Data }; readonly key: string } | undefined {
  if (!isContainer(root)) return undefined
  const [pick = 0, ...deeper] = picks
  const keys = Object.keys(root)
  const key = keys[pick % Math.max(keys.length, 1)]
  if (key === undefined) return undefined
  const parent = root as { [key: string]: Data }
  const found = deeper.length === 0 ? undefined : follow(parent[key], deeper)
  return found ?? { parent, key }
}

function nested(depth: number): Data {
  let value: Data = []
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

/** Sets a key as JSON.parse does, `__proto__` included. */
function setKey(parent: { [key: string]: Data }, key: string, value: Data): void {
  Object.defineProperty(parent, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

function renamed(parent: { [key: string]: Data }, key: string, other: string): void {
  const value = parent[key]
  delete parent[key]
  setKey(parent, other, value)
}

function repeated(value: Data, times: number): Data {
  if (typeof value === 'string') return repeatedText(value, times)
  if (Array.isArray(value)) return Array.from({ length: times }, () => value).flat()
  return Array.from({ length: times }, () => value)
}

function damage(root: Data, { picks, change }: Damage): void {
  const found = find(root, picks)
  if (found === undefined) return
  const { parent, key } = found
  const value = parent[key]
  switch (change.kind) {
    case 'gone':
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else delete parent[key]
      return
    case 'value':
      parent[key] = change.value
      return
    case 'digits':
      if (typeof value === 'string') parent[key] = withDigits(value, change)
      else if (!Array.isArray(parent)) renamed(parent, key, withDigits(key, change))
      return
    case 'key':
      if (!Array.isArray(parent)) renamed(parent, key, change.key)
      return
    case 'copy': {
      const other = find(root, change.from)
      if (other !== undefined) parent[key] = structuredClone(other.parent[other.key])
      return
    }
    case 'repeat':
      parent[key] = repeated(value, change.times)
      return
    case 'nest':
      parent[key] = nested(change.depth)
  }
}

/** A copy of a document, damaged. */
export function damagedData(base: Data, damages: readonly Damage[]): Data {
  const data = structuredClone(base)
  for (const each of damages) damage(data, each)
  return data
}

const placeIn = (text: string, at: number): number => Math.floor((at * text.length) / 10_000)

/** Characters of what is repeated: larger files are tried as files without blocks on the disk. */
const MOST_REPEATED = 2 ** 23

/** A text, repeated as many times as a disk and this process have room for. */
const repeatedText = (text: string, times: number): string =>
  text.repeat(Math.min(times, Math.ceil(MOST_REPEATED / Math.max(text.length, 1))))

/** The text with what `pattern` finds at or behind a place replaced; as it is where that finds nothing. */
function replaced(
  text: string,
  { at, pattern }: { readonly at: number; readonly pattern: RegExp },
  replacement: (found: string) => string,
): string {
  const start = placeIn(text, at)
  return text.slice(0, start) + text.slice(start).replace(pattern, replacement)
}

function damageText(text: string, change: TextDamage): string {
  const at = placeIn(text, change.at)
  switch (change.kind) {
    case 'cut':
      return text.slice(0, at)
    case 'insert':
      return text.slice(0, at) + repeatedText(change.text, change.times) + text.slice(at)
    case 'leave-out':
      return text.slice(0, at) + text.slice(at + change.length)
    case 'again':
      return (
        text.slice(0, at) + text.slice(at, at + change.length).repeat(change.times) + text.slice(at)
      )
    case 'number':
      return replaced(text, { at: change.at, pattern: /-?\d+/ }, () => change.text)
    case 'key-twice':
      return replaced(
        text,
        { at: change.at, pattern: /"[^"\n]*":/ },
        (key) => `${key}${change.value},${key}`,
      )
  }
}

/** A text, damaged. */
export const damagedText = (text: string, changes: readonly TextDamage[]): string =>
  changes.reduce(damageText, text)
