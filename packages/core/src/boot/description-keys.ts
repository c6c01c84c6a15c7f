import { HotplugError } from '../errors/hotplug-error'
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

/** What a key holds: a value that others check, an object (or a list of them) with these keys, or with the same again. */
type Below = 'value' | 'same' | Keys
interface Keys {
  readonly [key: string]: Below
}
/** Every key of a type, so that none is forgotten. */
type KeysOf<T> = Readonly<Record<keyof T, Below>>

const NODE: KeysOf<NodeDescription> = { id: 'value', cpus: 'value', distances: 'value' }
const RAM: KeysOf<RamDescription> = { start: 'value', end: 'value', node: 'value' }
const ZONE: KeysOf<BootZoneFacts> = {
  node: 'value',
  zone: 'value',
  startPfn: 'value',
  spannedPages: 'value',
  presentPages: 'value',
  managedPages: 'value',
}
const USE: KeysOf<SectionUse> = {
  reserved: 'value',
  unmovable: 'value',
  movable: 'value',
  pinned: 'value',
  withheld: 'value',
  poisoned: 'value',
  hugetlb: 'value',
  hugetlbFree: 'value',
}
const BLOCK: KeysOf<BootBlockFacts> = {
  id: 'value',
  state: 'value',
  zone: 'value',
  nodes: 'value',
  early: 'value',
  use: USE,
}
const FIRMWARE_MAP: KeysOf<FirmwareMapFacts> = {
  index: 'value',
  start: 'value',
  end: 'value',
  type: 'value',
}
const IOMEM: KeysOf<IomemFacts> = { start: 'value', end: 'value', name: 'value', children: 'same' }
const DESCRIPTION: KeysOf<MachineDescription> = {
  arch: 'value',
  archOptions: 'value',
  generation: 'value',
  config: 'value',
  cmdline: 'value',
  nodes: NODE,
  ram: RAM,
  possibleNodes: 'value',
  blockSizeBytes: 'value',
  zones: ZONE,
  blocks: BLOCK,
  firmwareMap: FIRMWARE_MAP,
  iomem: IOMEM,
  directMapBytes: 'value',
  freePages: { node: 'value', pages: 'value' },
  drivers: 'value',
  autoOnlineBlocks: 'value',
  files: 'value',
  seed: 'value',
  journalLimit: 'value',
}

/**
 * Refuses keys that a description does not have, at every level but those of plugins, which check their own.
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) that names the place, `nodes[1].cpu`, and the keys that there are
 */
export function checkDescriptionKeys(description: MachineDescription): void {
  checkKeys(description, { keys: DESCRIPTION, place: '' })
}

function checkKeys(value: unknown, at: { readonly keys: Keys; readonly place: string }): void {
  const { keys, place } = at
  if (value === undefined) return
  if (Array.isArray(value)) {
    value.forEach((each: unknown, i) => {
      checkKeys(each, { keys, place: `${place}[${i}]` })
    })
    return
  }
  if (typeof value !== 'object' || value === null)
    refuse(place || 'the description', `must be an object. Its keys: ${list(keys)}.`)
  for (const [key, held] of Object.entries(value)) {
    const inside = place === '' ? key : `${place}.${key}`
    const below = Object.hasOwn(keys, key) ? keys[key] : undefined
    if (below === undefined) refuse(inside, `this key is not known. Known are: ${list(keys)}.`)
    if (below !== 'value') checkKeys(held, { keys: below === 'same' ? keys : below, place: inside })
  }
}

const list = (keys: Keys): string => Object.keys(keys).join(', ')

function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
