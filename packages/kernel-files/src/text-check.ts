import { parseHex } from './number/hex'
import { MOST_CPUS, MOST_NODES, parseNumberList } from './number/number-list'
import { BLOCK_SIZE_FILE } from './paths'
import { parseBuddyinfo } from './proc/buddyinfo'
import { isMaskedIomem, parseIomem } from './proc/iomem'
import { parseMeminfo } from './proc/meminfo'
import { parseZoneinfo, zoneCounts } from './proc/zoneinfo'
import { TextFault, unexpectedText } from './text-fault'

/** A file of one word. */
const WORD = { file: 'word', line: 1 } as const

/** Throws `TextFault` for a text that the kernel does not write. */
export type TextCheck = (text: string, path: string) => unknown

const oneOf =
  (...words: readonly string[]): TextCheck =>
  (text) => {
    if (!words.includes(text.trimEnd())) {
      throw unexpectedText({ ...WORD, expected: `one of ${words.join(', ')}`, found: text })
    }
  }

const checkBlockSize: TextCheck = (text) => {
  const bytes = parseHex(text)
  if (bytes < 2 ** 20 || !Number.isInteger(Math.log2(bytes))) {
    throw unexpectedText({ ...WORD, expected: 'the size of a memory block', found: text })
  }
}

const checkPhysIndex: TextCheck = (text, path) => {
  const id = Number(/memory(\d+)\//.exec(path)?.[1])
  if (parseHex(text) !== id) {
    throw unexpectedText({ ...WORD, expected: `the index of block ${id}`, found: text })
  }
}

const checkIomem: TextCheck = (text) => {
  if (isMaskedIomem(text)) {
    const place = { file: 'iomem', line: 1, expected: 'addresses' }
    throw new TextFault(place, 'every address is zero: it was read without CAP_SYS_ADMIN')
  }
  parseIomem(text)
}

const checkDistance: TextCheck = (text) => {
  if (!/^\d+(?: \d+)*\n?$/.test(text)) {
    throw unexpectedText({ ...WORD, expected: 'a list of distances', found: text })
  }
}

/** A list of numbers below a limit. */
const checkList =
  (most: number): TextCheck =>
  (text) =>
    parseNumberList(text, most)

const checkNodes = checkList(MOST_NODES)

/** What must be true of a file's text, by its path with `#` for each number. */
const CHECKS: Readonly<Record<string, TextCheck>> = {
  [BLOCK_SIZE_FILE]: checkBlockSize,
  '/sys/devices/system/memory/memory#/state': oneOf('online', 'offline', 'going-offline'),
  '/sys/devices/system/memory/memory#/online': oneOf('0', '1'),
  '/sys/devices/system/memory/memory#/phys_index': checkPhysIndex,
  '/sys/devices/system/memory/memory#/end_phys_index': checkPhysIndex,
  '/sys/devices/system/node/possible': checkNodes,
  '/sys/devices/system/node/online': checkNodes,
  '/sys/devices/system/node/node#/cpulist': checkList(MOST_CPUS),
  '/sys/devices/system/node/node#/distance': checkDistance,
  '/sys/devices/system/node/node#/meminfo': parseMeminfo,
  '/sys/firmware/memmap/#/start': parseHex,
  '/sys/firmware/memmap/#/end': parseHex,
  '/proc/meminfo': parseMeminfo,
  '/proc/iomem': checkIomem,
  '/proc/zoneinfo': (text) => parseZoneinfo(text).map(zoneCounts),
  '/proc/buddyinfo': parseBuddyinfo,
}

/** The same, by what the path ends with. */
const CHECKS_OF_NAMES: readonly (readonly [RegExp, TextCheck])[] = [
  [/^\/sys\/devices\/system\/node\/has_\w+$/, checkNodes],
]

/** Checks of files whose paths match. */
export type TextChecks = readonly (readonly [path: RegExp, check: TextCheck])[]

/** The directory that was asked for last: most files are beside the one before. */
let last = { directory: '', numberless: '' }

/** A path with `#` for each number. */
function numberless(path: string): string {
  const slash = path.lastIndexOf('/')
  if (slash !== last.directory.length || !path.startsWith(last.directory)) {
    const directory = path.slice(0, slash)
    last = { directory, numberless: directory.replace(/\d+/g, '#') }
  }
  return `${last.numberless}/${path.slice(slash + 1).replace(/\d+/g, '#')}`
}

function checkOf(path: string, more: TextChecks): TextCheck | undefined {
  const place = numberless(path)
  if (Object.hasOwn(CHECKS, place)) return CHECKS[place]
  return [...CHECKS_OF_NAMES, ...more].find(([pattern]) => pattern.test(path))?.[1]
}

/**
 * What is wrong with a file's text; undefined where nothing is, or where nothing is expected of it.
 * @param more checks of files that a firmware interface brings
 */
export function textFault(
  path: string,
  text: string,
  more: TextChecks = [],
): TextFault | undefined {
  const check = checkOf(path, more)
  try {
    check?.(text, path)
    return undefined
  } catch (error) {
    if (error instanceof TextFault) return error
    throw error
  }
}
