import { describe, expect, test } from 'vitest'
import {
  formatBuddyinfo,
  formatIomem,
  formatMeminfo,
  formatPagetypeinfo,
  formatZoneinfo,
  parseBuddyinfo,
  parseIomem,
  parseMeminfo,
  parsePagetypeinfo,
  parseZoneinfo,
  zoneCounts,
} from '../src/index'
import { capturedTexts } from './captured-texts'

const FORMS: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^\/proc\/meminfo$/, (text) => formatMeminfo(parseMeminfo(text))],
  [/^\/proc\/iomem$/, (text) => formatIomem(parseIomem(text))],
  [/^\/proc\/buddyinfo$/, (text) => formatBuddyinfo(parseBuddyinfo(text))],
  [/^\/proc\/pagetypeinfo$/, (text) => formatPagetypeinfo(parsePagetypeinfo(text))],
]

describe.each(FORMS)('a text of a real kernel: %s', (path, again) => {
  test.each(capturedTexts(path))('%s is written as the kernel wrote it', (_, text) => {
    expect(again(text)).toBe(text)
  })
})

/** Lines of zoneinfo that are written; the kernel prints many more. */
const WRITTEN =
  /^(?:Node .*| {2}pages free .*| {8}(?:spanned|present|managed) .*| {2}start_pfn: .*)$/

test.each(capturedTexts(/^\/proc\/zoneinfo$/))(
  '%s has the lines that are written of it',
  (_, text) => {
    const lines = text.split('\n').filter((line) => WRITTEN.test(line))
    expect(formatZoneinfo(parseZoneinfo(text).map(zoneCounts))).toBe(`${lines.join('\n')}\n`)
  },
)

/** Lines of two counters that Linux 6.1 writes with one blank less than all others. */
const NARROW = /^Node \d+ (?:FileHugePages|FilePmdMapped): .*\n/gm

test.each(capturedTexts(/^\/sys\/devices\/system\/node\/node\d+\/meminfo$/))(
  '%s is written as the kernel wrote it',
  (place, text) => {
    const node = Number(/node(\d+)\/meminfo$/.exec(place)?.[1])
    const written = formatMeminfo(parseMeminfo(text), node)
    expect(written.replace(NARROW, '')).toBe(text.replace(NARROW, ''))
  },
)
