import { MOST_CPUS, MOST_NODES } from '@memhp/kernel-files'
import { isPowerOfTwo } from '../address/units'
import type {
  BootBlockFacts,
  BootZoneFacts,
  FirmwareMapFacts,
  IomemFacts,
  MachineDescription,
  NodeDescription,
  RamDescription,
} from '../model/description'
import type { SectionUse } from '../model/page'
import { refuse } from './refuse-description'

/** What a value must be. */
interface Kind {
  readonly is: (value: unknown) => boolean
  /** How a refusal says so: `a whole number`. */
  readonly words: string
}
/** What a key holds: a value of a kind, an object (or a list of them) with these keys, or with the same again. */
type Below = Kind | 'same' | Keys
interface Keys {
  readonly [key: string]: Field
}
interface Field {
  readonly below: Below
  readonly needed: boolean
  /** An object, or a list of this many at most. */
  readonly most: number | null
}
/** Every key of a type, so that none is forgotten. */
type KeysOf<T> = Readonly<Record<keyof T, Field>>

// @__NO_SIDE_EFFECTS__
const needed = (below: Below): Field => ({ below, needed: true, most: null })
// @__NO_SIDE_EFFECTS__
const optional = (below: Below): Field => ({ below, needed: false, most: null })
// @__NO_SIDE_EFFECTS__
const listOf = (keys: Keys | 'same', most: number): Field => ({ below: keys, needed: false, most })
// @__NO_SIDE_EFFECTS__
const neededList = (keys: Keys, most: number): Field => ({ below: keys, needed: true, most })

/** A list of values of one kind. */
// @__NO_SIDE_EFFECTS__
const each = ({ is, words }: Kind, most: number): Kind => ({
  is: (value) => Array.isArray(value) && value.length <= most && value.every(is),
  words: `a list of at most ${most}, each ${words}`,
})
// @__NO_SIDE_EFFECTS__
const recordOf = ({ is, words }: Kind): Kind => ({
  is: (value) => isObject(value) && Object.values(value).every(is),
  words: `an object whose values are each ${words}`,
})
// @__NO_SIDE_EFFECTS__
const below = (limit: number): Kind => ({
  is: (value) => isCount(value) && value < limit,
  words: `a whole number below ${limit}`,
})

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** 64 GiB. Source: the largest that an architecture of Linux 6.1 chooses is 2 GiB (x86, MAX_BLOCK_SIZE). */
const LARGEST_BLOCK_BYTES = 2 ** 36
/** Of firmware distances. Source: one byte in the SLIT (ACPI 6.4, 5.2.17). */
const MOST_DISTANCE = 256
/** Ranges, blocks, zones and lines: more than the largest machine has. */
const MOST_RANGES = 2 ** 17
const MOST_BLOCKS = 2 ** 22
const MOST_ZONES = 8192
const LONGEST_TEXT = 2 ** 24
/** Of lines of /proc/iomem, one inside the other. */
const MOST_LEVELS = 64

const COUNT: Kind = { is: isCount, words: 'a whole number of at least 0' }
const TEXT: Kind = {
  is: (value) => typeof value === 'string' && value.length <= LONGEST_TEXT,
  words: 'a text',
}
const FLAG: Kind = { is: (value) => typeof value === 'boolean', words: 'true or false' }
const OBJECT: Kind = { is: isObject, words: 'an object' }
const NODE_ID = below(MOST_NODES)
const STATE: Kind = {
  is: (value) => value === 'online' || value === 'offline',
  words: '"online" or "offline"',
}
const ZONE_NAME: Kind = {
  is: (value) => value === null || TEXT.is(value),
  words: 'the name of a zone, or null',
}
const BLOCK_BYTES: Kind = {
  is: (value) => isCount(value) && isPowerOfTwo(value) && value <= LARGEST_BLOCK_BYTES,
  words: 'a power of two of at most 68719476736 bytes',
}
const SEED: Kind = { is: (value) => Number.isSafeInteger(value), words: 'a whole number' }

const NODE: KeysOf<NodeDescription> = {
  id: needed(NODE_ID),
  cpus: needed(each(below(MOST_CPUS), MOST_CPUS)),
  distances: optional(each(below(MOST_DISTANCE), MOST_NODES)),
}
const RAM: KeysOf<RamDescription> = {
  start: needed(COUNT),
  end: needed(COUNT),
  node: needed(NODE_ID),
}
const ZONE: KeysOf<BootZoneFacts> = {
  node: needed(NODE_ID),
  zone: needed(TEXT),
  startPfn: needed(COUNT),
  spannedPages: needed(COUNT),
  presentPages: needed(COUNT),
  managedPages: needed(COUNT),
}
const USE: KeysOf<SectionUse> = {
  reserved: needed(COUNT),
  unmovable: needed(COUNT),
  movable: needed(COUNT),
  pinned: needed(COUNT),
  withheld: needed(COUNT),
  poisoned: needed(COUNT),
  hugetlb: needed(COUNT),
  hugetlbFree: needed(COUNT),
}
const BLOCK: KeysOf<BootBlockFacts> = {
  id: needed(COUNT),
  state: needed(STATE),
  zone: needed(ZONE_NAME),
  nodes: needed(each(NODE_ID, MOST_NODES)),
  early: needed(FLAG),
  use: optional(USE),
}
const FIRMWARE_MAP: KeysOf<FirmwareMapFacts> = {
  index: needed(COUNT),
  start: needed(COUNT),
  end: needed(COUNT),
  type: needed(TEXT),
}
const IOMEM: KeysOf<IomemFacts> = {
  start: needed(COUNT),
  end: needed(COUNT),
  name: needed(TEXT),
  children: listOf('same', MOST_RANGES),
}
const DESCRIPTION: KeysOf<MachineDescription> = {
  arch: needed(TEXT),
  archOptions: optional(OBJECT),
  kernel: optional(TEXT),
  config: optional(OBJECT),
  cmdline: optional(TEXT),
  nodes: neededList(NODE, MOST_NODES),
  ram: neededList(RAM, MOST_RANGES),
  possibleNodes: optional(each(NODE_ID, MOST_NODES)),
  blockSizeBytes: optional(BLOCK_BYTES),
  zones: listOf(ZONE, MOST_ZONES),
  blocks: listOf(BLOCK, MOST_BLOCKS),
  firmwareMap: listOf(FIRMWARE_MAP, MOST_RANGES),
  iomem: listOf(IOMEM, MOST_RANGES),
  directMapBytes: optional(recordOf(COUNT)),
  freePages: listOf({ node: needed(NODE_ID), pages: needed(COUNT) }, MOST_NODES),
  drivers: optional(OBJECT),
  autoOnlineBlocks: optional(TEXT),
  files: optional(recordOf(TEXT)),
  seed: optional(SEED),
  journalLimit: optional(COUNT),
}

/**
 * Refuses keys that a description does not have and values of another type than theirs, at every level but those of
 * plugins, which check their own.
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) that names the place, `nodes[1].cpu`, and what would be right
 */
export function checkDescriptionShape(description: MachineDescription): void {
  checkKeys(description, { keys: DESCRIPTION, place: '', level: 0 })
}

/** Where a value is, and what may be there. */
interface At {
  readonly keys: Keys
  readonly place: string
  /** How many objects it is inside of. */
  readonly level: number
}

function checkKeys(value: unknown, at: At): void {
  const { keys, place, level } = at
  if (level > MOST_LEVELS) refuse(place, `is more than ${MOST_LEVELS} levels deep.`)
  const inside = (key: string): string => (place === '' ? key : `${place}.${key}`)
  const list = Object.keys(keys).join(', ')
  if (!isObject(value)) refuse(place || 'the description', `must be an object. Its keys: ${list}.`)
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(keys, key)) refuse(inside(key), `this key is not known. Known are: ${list}.`)
  }
  for (const [key, field] of Object.entries(keys))
    checkField(value[key], field, { keys, place: inside(key), level: level + 1 })
}

/** @param at the place of the value, and the keys beside it */
function checkField(value: unknown, field: Field, at: At): void {
  const { place, level } = at
  if (value === undefined) {
    if (field.needed) refuse(place, 'is missing.')
    return
  }
  if (field.below !== 'same' && isKind(field.below)) {
    const { is, words } = field.below
    if (!is(value)) refuse(place, `must be ${words}; ${shown(value)} is not.`)
    return
  }
  const keys = field.below === 'same' ? at.keys : field.below
  if (field.most === null) checkKeys(value, { keys, place, level })
  else checkList(value, field.most, { keys, place, level })
}

function checkList(value: unknown, most: number, { keys, place, level }: At): void {
  if (!Array.isArray(value)) refuse(place, `must be a list; ${shown(value)} is not.`)
  if (value.length > most) refuse(place, `${value.length} entries are more than ${most}.`)
  value.forEach((entry: unknown, i) => {
    checkKeys(entry, { keys, place: `${place}[${i}]`, level })
  })
}

const isKind = (of: Kind | Keys): of is Kind => typeof of.is === 'function'

const MOST_SHOWN = 60

/** A value as a refusal repeats it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'the list'
  if (typeof value === 'object' && value !== null) return 'the object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`
}
