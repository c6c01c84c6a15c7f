import type { Machine } from '../model/machine'
import type { Section } from '../model/section'
import { isShared } from '../section/shared-sections'
import { canonicalTables } from './canonical'
import { alikeSections, type CanonicalRun, canonicalSection } from './canonical-pages'
import { type Digest, digestText, mixNumber, mixText, mixWord, mixWords, newDigest } from './hash'

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
  if (isShared(section)) DIGESTS.set(section, digest)
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

/** Mixes plain data in; Maps, Sets and records by sorted key, so that the order of insertion does not count. */
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
    mixValue(digest, [...value].sort(compareKeys))
  } else {
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    mixWord(digest, value instanceof Map ? TAGS.map : TAGS.record)
    mixWord(digest, entries.length)
    for (const [key, entry] of entries.sort(([x], [y]) => compareKeys(x, y))) {
      mixValue(digest, key)
      mixValue(digest, entry)
    }
  }
}

function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a) < String(b) ? -1 : 1
}
