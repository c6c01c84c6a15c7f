import { parseSize } from '@memhp/kernel-files'
import { z } from 'zod'
import {
  type Amount,
  type BlockWant,
  type PlatformWant,
  type TextWant,
  ZONE_COUNTS,
  type ZoneCount,
} from '../format/check'
import { parseNumberList } from '../text'
import { textWant } from './text-want'
import { count, fields, name, numberList, oneOf, parsed, sizeChange, text } from './values'

/** What stands under `expect`, read. */
export interface ExpectForm {
  readonly blocks?: Readonly<Record<string, BlockWant>>
  readonly zones?: Readonly<Record<string, Readonly<Partial<Record<ZoneCount, Amount>>>>>
  readonly nodes?: Readonly<Record<string, string>>
  readonly iomem?: TextWant
  readonly files?: Readonly<Record<string, TextWant | 'absent'>>
  readonly log?: TextWant
  readonly uevents?: readonly string[]
  readonly platform?: readonly PlatformWant[]
  readonly plugged?: readonly string[]
  readonly 'mem-total'?: number
  readonly kthreads?: readonly number[]
  readonly intact?: readonly string[] | 'all'
  readonly 'same-as'?: string
  readonly 'differs-from'?: string
}

const STATES = ['online', 'offline', 'going-offline'] as const
const BLOCK_HELP =
  'expected "absent", or a state and perhaps its zones such as "online Movable" or "offline Normal Movable"'

const blockInFull = fields({
  state: z.exactOptional(oneOf(STATES)),
  zones: z.exactOptional(text.meta({ description: 'Text of valid_zones.' })),
  nodes: z.exactOptional(numberList),
})

const blockWant: z.ZodType<BlockWant> = parsed(
  z.union([z.string(), blockInFull], {
    error: (issue) => (issue.input === undefined ? undefined : BLOCK_HELP),
  }),
  (value): BlockWant | undefined => {
    if (typeof value !== 'string') return { kind: 'present', ...(value as object) }
    const [first = '', ...zones] = value.trim().split(/\s+/)
    if (first === 'absent') return zones.length === 0 ? { kind: 'absent' } : undefined
    const state = STATES.find((word) => word === first)
    if (state === undefined) return undefined
    return { kind: 'present', state, ...(zones.length === 0 ? {} : { zones: zones.join(' ') }) }
  },
  BLOCK_HELP,
)

const AMOUNT_HELP = 'expected pages such as 32768 or 0x8000, or a size such as 128M'

const amount: z.ZodType<Amount> = parsed(
  z.union([z.int().min(0), z.string()], {
    error: (issue) => (issue.input === undefined ? undefined : AMOUNT_HELP),
  }),
  (value) => {
    if (typeof value === 'number') return { pages: value }
    const bytes = /[a-z]$/i.test(String(value)) ? parseSize(String(value)) : undefined
    return bytes === undefined ? undefined : { bytes }
  },
  AMOUNT_HELP,
)

const EMPTY_ZONE = Object.fromEntries(ZONE_COUNTS.map((key) => [key, { pages: 0 }]))
const ZONE_HELP = 'expected "empty", or a map with start, spanned, present, managed'

const zoneWant: z.ZodType<Readonly<Partial<Record<ZoneCount, Amount>>>> = parsed(
  z.union(
    [
      z.literal('empty'),
      fields({
        start: z.exactOptional(amount).meta({ description: 'First page, or its address.' }),
        spanned: z.exactOptional(amount),
        present: z.exactOptional(amount),
        managed: z.exactOptional(amount),
      }),
    ],
    { error: (issue) => (issue.input === undefined ? undefined : ZONE_HELP) },
  ),
  (value) => (value === 'empty' ? EMPTY_ZONE : (value as Record<ZoneCount, Amount>)),
  ZONE_HELP,
)

const PLATFORM_HELP = 'expected the name of an event, or a map from it to values of its data'
const datum = z.union([z.string(), z.number(), z.boolean()])

const platformWant: z.ZodType<PlatformWant> = parsed(
  z.union([z.string(), z.record(z.string(), z.record(z.string(), datum))], {
    error: (issue) => (issue.input === undefined ? undefined : PLATFORM_HELP),
  }),
  (value) => {
    if (typeof value === 'string') return { event: value, data: {} }
    const [entry, ...others] = Object.entries(value as Record<string, PlatformWant['data']>)
    return entry === undefined || others.length > 0
      ? undefined
      : { event: entry[0], data: entry[1] }
  },
  PLATFORM_HELP,
)

const UEVENT =
  /^(add|remove|online|offline|change|bind|unbind) (?:([a-z]+)(\d[\d,-]*)|([A-Z][A-Z0-9]+:[0-9a-f]{2}|[a-z]+\d+\.\d+))$/
const UEVENT_HELP =
  'expected events such as "add memory8", "online memory8-11" or "online PNP0A06:04"'

const uevents: z.ZodType<readonly string[]> = parsed(
  z.array(z.string().regex(UEVENT, UEVENT_HELP)),
  (value) => {
    const all = (value as string[]).map((line) => {
      const [, action = '', device = '', numbers = '', named] = UEVENT.exec(line) ?? []
      if (named !== undefined) return [line]
      return parseNumberList(numbers)?.map((number) => `${action} ${device}${number}`)
    })
    return all.includes(undefined) ? undefined : all.flatMap((events) => events ?? [])
  },
  UEVENT_HELP,
)

const NODE_LISTS = ['online', 'possible', 'has_cpu', 'has_memory', 'has_normal_memory'] as const

const nodeLists = fields(
  Object.fromEntries(NODE_LISTS.map((list) => [list, z.exactOptional(text)])),
  'list',
)

/** Keys that name blocks: `8-11`. */
const blockKey = z.string().regex(/^\d[\d,-]*$/, 'expected block numbers such as 8-11')
const zoneKey = z
  .string()
  .regex(/^\d+\/[A-Za-z0-9]+$/, 'expected a node and a zone such as 0/Normal')

/** What a step may expect. */
export const expectForm: z.ZodType<ExpectForm> = fields({
  blocks: z.exactOptional(z.record(blockKey, blockWant)),
  zones: z.exactOptional(z.record(zoneKey, zoneWant)),
  nodes: z.exactOptional(nodeLists),
  iomem: z.exactOptional(textWant('contains')),
  files: z.exactOptional(
    z.record(z.string().min(1), z.union([z.literal('absent'), textWant('is')])),
  ),
  log: z.exactOptional(textWant('contains')),
  uevents: z.exactOptional(uevents),
  platform: z.exactOptional(z.array(platformWant)),
  plugged: z.exactOptional(z.array(name)),
  'mem-total': z.exactOptional(sizeChange),
  kthreads: z.exactOptional(z.union([z.array(count).max(0), numberList])),
  intact: z.exactOptional(z.union([z.literal('all'), z.array(name)])),
  'same-as': z.exactOptional(name),
  'differs-from': z.exactOptional(name),
})
