import { poisonedBlocks, type RemovalGoal, type ResizeGoal } from '@memhp/planner'
import { devicesCalled, type Topology } from '@memhp/topology'
import { CliError } from '../errors'
import { backwardsText, parseNumbers } from '../text/number-list'
import { parseSize } from '../text/size'

/** Where memory of a size is to come from. */
export interface GoalPlace {
  readonly node?: string
  readonly zone?: string
}

const EXAMPLES =
  '16G, node1, memory32-39, 0x100000000-0x13fffffff, PNP0C80:01, dax0.0; memhp plan --help tells more'

const bad = (message: string): CliError => new CliError(message, { remedy: EXAMPLES })

function nodeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw bad(`--node ${JSON.stringify(text)}: not the number of a node`)
}

/** A zone of the machine, in any case of letters. */
function zoneNamed(name: string, { zones, blocks }: Topology): string {
  const ofBlocks = blocks.flatMap((block) => (block.zones.kind === 'in' ? [block.zones.name] : []))
  const known = [...new Set([...zones.map((zone) => zone.name), ...ofBlocks])]
  if (known.some((each) => each.toLowerCase() === name.toLowerCase())) return name
  throw new CliError(`--zone ${JSON.stringify(name)}: this machine has no such zone`, {
    remedy: known.join(', '),
  })
}

/** A size has a unit, so that a number alone is a block. */
const sizeOf = (word: string): number | undefined =>
  /^[\d.]+[kmgtp](?:i?b)?$/i.test(word) ? parseSize(word) : undefined

/** What is meant for a size and is none: `0G`, `16GX`, `1.3.5G`, `1O24M`. */
const LOOKS_LIKE_SIZE = /^\d[\d.]*[a-z]{1,3}$|^\d+(?:\.\d+)+$|^\d[\do.]*[kmgtp](?:i?b)?$/i

/**
 * Block numbers: `memory32-39,memory41`, `32-39`.
 * @throws CliError for a range of them that runs backwards, and for what is not a list of numbers that blocks could have
 */
function blocksOf(word: string): readonly number[] | undefined {
  const list = word.replaceAll('memory', '')
  if (!/^\d[\d, -]*$/.test(list)) return undefined
  const backwards = backwardsText(list)
  if (backwards !== undefined) throw bad(`${JSON.stringify(word)}: ${backwards}`)
  const blocks = parseNumbers(list)
  if (blocks === undefined) throw bad(`${JSON.stringify(word)}: no numbers that blocks could have`)
  return blocks
}

/** What stands for all blocks that have pages with hardware errors. */
const POISONED = 'poisoned'

const RANGE = /^(0x[\da-f]+)-(0x[\da-f]+)$/i

/** A range of addresses with its last byte, as lsmem prints it. @throws CliError for one that is empty, or beyond any memory */
function rangeOf(word: string): RemovalGoal | undefined {
  const [, first, last] = RANGE.exec(word) ?? []
  if (first === undefined || last === undefined) return undefined
  const [start, end] = [Number(first), Number(last) + 1]
  if (start >= end) throw bad(`${JSON.stringify(word)}: a range that runs backwards`)
  if (!Number.isSafeInteger(end))
    throw bad(`${JSON.stringify(word)}: addresses that memory could not have`)
  return { kind: 'range', start, end }
}

function goalOfWord(word: string, topology: Topology, { node, zone }: GoalPlace): RemovalGoal {
  const sizeBytes = sizeOf(word)
  if (sizeBytes !== undefined && sizeBytes > 0)
    return {
      kind: 'size',
      sizeBytes,
      ...(node === undefined ? {} : { node: nodeNumber(node) }),
      ...(zone === undefined ? {} : { zone: zoneNamed(zone, topology) }),
    }
  const place = node === undefined ? zone : `node ${node}`
  if (place !== undefined)
    throw bad(`--node and --zone say where memory of a size comes from, and ${word} is not a size`)
  // What firmware calls a device may look like anything.
  if (devicesCalled(topology.devices, word).length > 0) return { kind: 'device', devices: [word] }
  const [, id] = /^node(\d{1,9})$/i.exec(word) ?? []
  if (id !== undefined) return { kind: 'node', node: Number(id) }
  if (word === POISONED)
    return { kind: 'blocks', blocks: poisonedBlocks(topology).map((block) => block.id) }
  if (LOOKS_LIKE_SIZE.test(word))
    throw new CliError(`${JSON.stringify(word)}: not a size that memory could have`, {
      remedy: '16G, 512M, 1.5T; a number alone is a block',
    })
  const blocks = blocksOf(word)
  if (blocks !== undefined) return { kind: 'blocks', blocks }
  return rangeOf(word) ?? { kind: 'device', devices: [word] }
}

/** Another size of a device: `virtio0=512M`. @throws CliError for what cannot be read so */
export function resizeOf(words: readonly string[]): ResizeGoal | undefined {
  const word = words.find((each) => each.includes('='))
  if (word === undefined) return undefined
  const [device = '', size = ''] = word.split('=')
  const sizeBytes = size === '0' ? 0 : sizeOf(size)
  if (words.length > 1 || device === '' || sizeBytes === undefined)
    throw new CliError(
      `${JSON.stringify(words.join(' '))}: not a device and the size that it is to have`,
      {
        remedy: 'virtio0=512M; virtio0=0',
      },
    )
  return { kind: 'resize', device, sizeBytes }
}

/**
 * Finds out what is to go. A goal of several words names devices, or blocks.
 * @throws CliError where nothing is named, or words do not go together
 */
export function parseGoal(
  words: readonly string[],
  topology: Topology,
  place: GoalPlace,
): RemovalGoal {
  const goals = words.map((word) => goalOfWord(word, topology, place))
  const [goal, ...others] = goals
  if (goal === undefined) {
    if (place.node !== undefined && place.zone === undefined)
      return { kind: 'node', node: nodeNumber(place.node) }
    throw bad('nothing is named that is to go')
  }
  if (others.length === 0) return goal
  if (goals.every((each) => each.kind === 'device'))
    return { kind: 'device', devices: [...new Set(goals.flatMap(({ devices }) => devices))] }
  if (goals.every((each) => each.kind === 'blocks'))
    return { kind: 'blocks', blocks: [...new Set(goals.flatMap(({ blocks }) => blocks))] }
  throw bad(`${words.join(' ')}: several words name devices, or blocks, and not both or a size`)
}
