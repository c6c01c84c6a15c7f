import {
  allocateTracked,
  fingerprint,
  GIB,
  type Machine,
  nodeId,
  reserveHugePages,
  useHugePages,
} from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { makeGuest, plug, write } from './machines'

/** A machine with something in every part of its state. */
function busyMachine(): Machine {
  const machine = makeGuest()
  plug(machine, { id: 'dimm0', sizeBytes: GIB, node: 1 })
  write(machine, '/sys/devices/system/memory/memory32/state', 'online_movable')
  write(machine, '/sys/devices/system/memory/memory33/state', 'online_kernel')
  reserveHugePages(machine, { nodeId: nodeId(1), order: 9, count: 2 })
  useHugePages(machine, { nodeId: nodeId(1), order: 9, count: 1 })
  allocateTracked(machine, { name: 'file', kind: 'file', nodeId: nodeId(1), pageCount: 3 })
  write(
    machine,
    '/sys/kernel/debug/notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error',
    '-16',
  )
  return machine
}

/** A number, a word or a truth value in the state, and how it is made another one. Paths have `*` for entries. */
interface Leaf {
  change(): unknown
  restore(): unknown
}

/** Words that stand for each other, where any other word would mean nothing. */
const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['free', 'reserved'],
  ['reserved', 'free'],
])

/** Instances of one path that are tried: what one section ignores may count in another. */
const MOST_INSTANCES = 40

const another = (value: unknown): unknown => {
  const word = WORDS.get(value)
  if (word !== undefined) return word
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  return value === null ? 0 : `${String(value)}x`
}

const isLeaf = (value: unknown): boolean => typeof value !== 'object' || value === null

/** The leaves of plain data by path, some of each. */
function leavesOf(value: object, path: string, found: Map<string, Leaf[]>): Map<string, Leaf[]> {
  const visit = (entry: unknown, at: string, set: (other: unknown) => void): void => {
    if (!isLeaf(entry)) leavesOf(entry as object, at, found)
    else {
      const leaves = found.get(at) ?? []
      found.set(at, leaves)
      if (leaves.length >= MOST_INSTANCES) return
      leaves.push({ change: () => set(another(entry)), restore: () => set(entry) })
    }
  }
  if (value instanceof Map) {
    for (const [key, entry] of value) visit(entry, `${path}.*`, (other) => value.set(key, other))
  } else if (value instanceof Set) {
    const leaves = found.get(`${path}.*`) ?? []
    found.set(`${path}.*`, leaves)
    for (const entry of [...value].slice(0, MOST_INSTANCES - leaves.length)) {
      leaves.push({ change: () => value.delete(entry), restore: () => value.add(entry) })
    }
  } else if (ArrayBuffer.isView(value)) {
    const words = value as unknown as number[]
    visit(words[0], `${path}.*`, (other) => {
      words[0] = other as number
    })
  } else {
    for (const [name, entry] of Object.entries(value)) {
      const at = Array.isArray(value) ? `${path}.*` : `${path}.${name}`
      visit(entry, at, (other) => Object.assign(value, { [name]: other }))
    }
  }
  return found
}

/** True if the fingerprint tells the state with the leaf changed from the one without, or finds it impossible. */
function counts(machine: Machine, leaf: Leaf): boolean {
  const before = fingerprint(machine)
  leaf.change()
  try {
    return fingerprint(machine) !== before
  } catch {
    return true
  } finally {
    leaf.restore()
  }
}

/** What does not count, and why. */
const IGNORED: Readonly<Record<string, string>> = {
  nextAllocationId: 'numbers are never used again',
  nextGroupId: 'numbers are never used again',
  'arch.pageTables.flushes': 'a counter of work',
  'arch.pageTables.boot': 'never changes after boot',
  'sections.separated.*.capturedUse': 'in a materialised section its pages count instead',
  'sections.separated.*.pageblocks':
    'of the migrate types only isolation counts: the kernel restores no other',
  'sections.separated.*.typesBefore': 'of the migrate types only isolation counts',
  'sections.separated.*.pages.stamps': 'when pages were written: only checks ask',
  'sections.separated.*.pages.stretchShift': 'how pages are divided for the stamps',
  'sections.own': 'which sections are written in place: the others are copied first',
  'zones.*.cmaPages': 'never changes after boot',
  'zones.*.free': 'how free pages are cut into chunks; their number counts',
  'zones.*.isTorn': 'only checks ask whether a span may leave memory out; the span counts',
  'nodes.*.zones': 'the same as zones',
}

describe('the fingerprint', () => {
  test('covers every field of the memory but those that are declared not to count', () => {
    const machine = busyMachine()
    const leaves = leavesOf(machine.state.memory, '', new Map())
    const paths = [...leaves.keys()]
    // Null in one entry and an object in another: the object's fields are tried.
    const isNullable = (path: string): boolean =>
      paths.some((other) => other.startsWith(`${path}.`))
    const silent = [...leaves]
      .filter(([path]) => !isNullable(path))
      .filter(([, instances]) => !instances.some((leaf) => counts(machine, leaf)))
      .map(([path]) => path)
    const declared = Object.keys(IGNORED).map((path) => `.${path}`)
    expect(leaves.size).toBeGreaterThan(100)
    expect(silent.filter((path) => !declared.some((prefix) => path.startsWith(prefix)))).toEqual([])
  })
})
