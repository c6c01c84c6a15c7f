import type { Machine } from '../model/machine'
import type { Section } from '../model/section'
import { canonicalTables } from './canonical'
import { alikeSections, type CanonicalRun, canonicalSection } from './canonical-pages'
import {
  addDigest,
  type Digest,
  digestText,
  mixNumber,
  mixText,
  mixWord,
  mixWords,
  newDigest,
  resetDigest,
} from './hash'

/**
 * A word for the machine's memory, tables and files: two machines with the same word are the same, whatever was
 * merely read or materialised on the way. The journal (uevents, log, clock) does not count, nor do the order of free
 * lists, what sits in per-CPU lists, and TLB flushes.
 * @returns 16 hex digits
 * @public
 */
export function fingerprint(machine: Machine): string {
  const digest = newDigest()
  mixValue(digest, canonicalTables(machine))
  const sections = alikeSections(
    machine,
    (section) => digestOf(machine, section),
    (one, other) => one.a === other.a && one.b === other.b,
  )
  for (const { start, end, section } of sections)
    mixWords(digest, [start, end, section.a, section.b])
  return digestText(digest)
}

/** Digests of sections that will never change again. */
const DIGESTS = new WeakMap<Readonly<Section>, Digest>()

function digestOf(machine: Machine, section: Readonly<Section>): Digest {
  const known = DIGESTS.get(section)
  if (known !== undefined) return known
  const digest = newDigest()
  const { runs, ...others } = canonicalSection(machine, section)
  mixValue(digest, others)
  for (const run of runs) mixRun(digest, run)
  const { separated, own } = machine.state.memory.sections
  const isShared = separated.get(section.nr) === section && !own.has(section.nr)
  if (isShared) DIGESTS.set(section, digest)
  return digest
}

/** Mixes the fields of a run in, in their order: each of them is one word, but for the kind. */
function mixRun(digest: Digest, run: CanonicalRun): void {
  const { start, count, kind, flags, order, owner, index, content } = run
  mixText(digest, kind)
  mixWord(digest, start)
  mixWord(digest, count)
  mixWord(digest, flags)
  mixWord(digest, order)
  mixWord(digest, owner)
  mixWord(digest, index)
  mixWord(digest, content === 'intact' ? 1 : 0)
  mixWord(digest, content === 'intact' ? 0 : content)
}

const TAGS = {
  null: 1,
  undefined: 2,
  true: 3,
  false: 4,
  number: 5,
  text: 6,
  list: 7,
  map: 8,
  set: 9,
  record: 10,
  words: 11,
}

/** Mixes plain data in. The order of insertion of Maps, Sets and records does not count. */
function mixValue(digest: Digest, value: unknown): void {
  if (value === null) mixWord(digest, TAGS.null)
  else if (value === undefined) mixWord(digest, TAGS.undefined)
  else if (typeof value === 'boolean') mixWord(digest, value ? TAGS.true : TAGS.false)
  else if (typeof value === 'number') {
    mixWord(digest, TAGS.number)
    mixNumber(digest, value)
  } else if (typeof value === 'string') {
    mixWord(digest, TAGS.text)
    mixText(digest, value)
  } else if (typeof value === 'object') mixObject(digest, value)
  else mixText(digest, String(value))
}

function mixObject(digest: Digest, value: object): void {
  if (ArrayBuffer.isView(value)) {
    mixWord(digest, TAGS.words)
    mixWords(digest, value as unknown as ArrayLike<number>)
  } else if (Array.isArray(value)) {
    mixWord(digest, TAGS.list)
    mixWord(digest, value.length)
    for (const entry of value) mixValue(digest, entry)
  } else if (value instanceof Set) {
    mixWord(digest, TAGS.set)
    mixUnordered(digest, value, (entry) => mixValue(digest, entry))
  } else if (value instanceof Map) {
    mixWord(digest, TAGS.map)
    mixUnordered(digest, value, ([key, entry]) => {
      mixValue(digest, key)
      mixValue(digest, entry)
    })
  } else {
    mixWord(digest, TAGS.record)
    mixUnordered(digest, Object.keys(value), (key) => {
      mixKey(digest, key)
      mixValue(digest, (value as Readonly<Record<string, unknown>>)[key])
    })
  }
}

/** What a new digest is once the key of a record was mixed in. */
const KEYS = new Map<string, Readonly<Digest>>()

/** Keys that are known at most: those of the state are fewer. */
const MOST_KEYS = 1000

/** Mixes the key of a record into a digest that begins with it. */
function mixKey(digest: Digest, key: string): void {
  const known = KEYS.get(key)
  if (known === undefined) {
    mixText(digest, key)
    if (KEYS.size < MOST_KEYS) KEYS.set(key, { ...digest })
  } else {
    digest.a = known.a
    digest.b = known.b
  }
}

/** Mixes entries in whose order does not count: each is digested by itself, and the sum of the digests is mixed in. */
function mixUnordered<T>(digest: Digest, entries: Iterable<T>, mix: (entry: T) => void): void {
  const { a, b } = digest
  const sum = { a: 0, b: 0, count: 0 }
  for (const entry of entries) {
    resetDigest(digest)
    mix(entry)
    addDigest(sum, digest)
    sum.count += 1
  }
  digest.a = a
  digest.b = b
  mixWord(digest, sum.count)
  mixWord(digest, sum.a)
  mixWord(digest, sum.b)
}
