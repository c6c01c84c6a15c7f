import type { PlatformEvent, Uevent } from '@memhp/core'
import type { PlatformWant } from '../format/check'
import type { Outcome } from '../session/outcome'
import { formatNumberList } from '../text'
import { type Difference, differing } from './evidence'

/** A uevent in the words of a scenario: `add memory8`. */
export const ueventText = ({ action, devpath }: Uevent): string =>
  `${action} ${devpath.slice(devpath.lastIndexOf('/') + 1)}`

/** Splits `add memory8` behind the letters of the device. */
const NUMBERED = /^(.*[a-z])(\d+)$/

/** Uevents as a scenario writes them, neighbours with one action and kind of device in one: `add memory8-11`. */
export function joinUevents(events: readonly string[]): readonly string[] {
  const groups: { readonly head: string; readonly numbers: number[] }[] = []
  for (const event of events) {
    const [, head = event, number] = NUMBERED.exec(event) ?? []
    const group = groups.at(-1)
    if (group?.head !== head) groups.push({ head, numbers: [] })
    if (number !== undefined) groups.at(-1)?.numbers.push(Number(number))
  }
  return groups.map(({ head, numbers }) => `${head}${formatNumberList(numbers)}`)
}

/** Compares the uevents of a step: these, in this order, and no others. */
export function checkUevents(
  seen: readonly Uevent[],
  expected: readonly string[],
): readonly Difference[] {
  const inLines = (events: readonly string[]): string => joinUevents(events).join(', ') || 'none'
  return differing({
    what: 'uevents',
    expected: inLines(expected),
    seen: inLines(seen.map(ueventText)),
  })
}

type Leaf = readonly [key: string, value: unknown]

/** Every value in nested data with the key right above it. */
function leaves(data: Readonly<Record<string, unknown>>): readonly Leaf[] {
  return Object.entries(data).flatMap(([key, value]): readonly Leaf[] =>
    typeof value === 'object' && value !== null
      ? leaves(value as Readonly<Record<string, unknown>>)
      : [[key, value]],
  )
}

const inWords = (event: string, values: readonly Leaf[]): string =>
  [event, ...values.map(([key, value]) => `${key}=${String(value)}`)].join(' ')

/** An event of the platform in one line. */
export const platformText = ({ event, data }: PlatformEvent): string => inWords(event, leaves(data))

function meets({ event, data }: PlatformEvent, want: PlatformWant): boolean {
  const values = leaves(data)
  return (
    event === want.event &&
    Object.entries(want.data).every(([key, value]) =>
      values.some(([name, seen]) => name === key && seen === value),
    )
  )
}

/** Compares what the platform was told: these events, in this order, and no others. */
export function checkPlatform(
  seen: readonly PlatformEvent[],
  expected: readonly PlatformWant[],
): readonly Difference[] {
  const agree =
    seen.length === expected.length &&
    seen.every((event, index) => {
      const want = expected[index]
      return want !== undefined && meets(event, want)
    })
  if (agree) return []
  return [
    {
      what: 'platform',
      expected:
        expected.map(({ event, data }) => inWords(event, Object.entries(data))).join('\n') ||
        'nothing',
      seen: seen.map(platformText).join('\n') || 'nothing',
    },
  ]
}

/** An outcome in one line: `done`, `EBUSY (UNMOVABLE_PAGE): …`. */
export const outcomeText = (outcome: Outcome): string =>
  outcome.kind === 'done' ? 'done' : `${outcome.errno} (${outcome.code}): ${outcome.message}`

/** Compares a refusal with the one that is wanted. */
export function checkRefusal(
  outcome: Outcome,
  want: { readonly errno?: string; readonly code?: string },
): readonly Difference[] {
  const agrees =
    outcome.kind === 'refused' &&
    (want.errno === undefined || want.errno === outcome.errno) &&
    (want.code === undefined || want.code === outcome.code)
  if (agrees) return []
  const { errno, code } = want
  const expected =
    errno === undefined ? `${code}` : code === undefined ? errno : `${errno} (${code})`
  return [{ what: 'outcome', expected, seen: outcomeText(outcome) }]
}
