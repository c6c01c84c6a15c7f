import {
  isMaskedIomem,
  MOST_CPUS,
  MOST_NODES,
  parseBuddyinfo,
  parseHex,
  parseIomem,
  parseMeminfo,
  parseNumberList,
  TextFault,
  unexpectedText,
} from '@memhp/kernel-files'
import { DIALECTS } from '@memhp/platforms/dialects'
import { damaged, jsonPointer } from './fault'
import type { Capture } from './format'
import { parentPath } from './path'
import { readZoneinfo } from './text/zoneinfo'

/** A file of one word. */
const WORD = { file: 'word', line: 1 } as const

type TextCheck = (text: string, path: string) => unknown

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

/** A list of numbers below so many. */
const checkList =
  (most: number): TextCheck =>
  (text) =>
    parseNumberList(text, most)

const MEMORY = '/sys/devices/system/memory'
const BLOCK_SIZE = `${MEMORY}/block_size_bytes`

const checkNodes = checkList(MOST_NODES)

/** What must be true of a file's text, by its path with `#` for each number. */
const CHECKS: Readonly<Record<string, TextCheck>> = {
  [BLOCK_SIZE]: checkBlockSize,
  '/sys/devices/system/memory/memory#/state': oneOf('online', 'offline', 'going-offline'),
  '/sys/devices/system/memory/memory#/online': oneOf('0', '1'),
  '/sys/devices/system/memory/memory#/phys_index': checkPhysIndex,
  '/sys/devices/system/node/possible': checkNodes,
  '/sys/devices/system/node/online': checkNodes,
  '/sys/devices/system/node/node#/cpulist': checkList(MOST_CPUS),
  '/sys/devices/system/node/node#/distance': checkDistance,
  '/sys/devices/system/node/node#/meminfo': parseMeminfo,
  '/sys/firmware/memmap/#/start': parseHex,
  '/sys/firmware/memmap/#/end': parseHex,
  '/proc/meminfo': parseMeminfo,
  '/proc/iomem': checkIomem,
  '/proc/zoneinfo': readZoneinfo,
  '/proc/buddyinfo': parseBuddyinfo,
}

/** The same, by what the path ends with. */
const CHECKS_OF_NAMES: readonly (readonly [RegExp, TextCheck])[] = [
  [/^\/sys\/devices\/system\/node\/has_\w+$/, checkNodes],
  ...DIALECTS.flatMap(({ capture }) => capture.checks),
]

function checkOf(path: string): TextCheck | undefined {
  const place = path.replace(/\d+/g, '#')
  if (Object.hasOwn(CHECKS, place)) return CHECKS[place]
  return CHECKS_OF_NAMES.find(([pattern]) => pattern.test(path))?.[1]
}

/** What is wrong with a file's text; undefined where nothing is, or where nothing is expected of it. */
export function textFault(path: string, text: string): TextFault | undefined {
  const check = checkOf(path)
  try {
    check?.(text, path)
    return undefined
  } catch (error) {
    if (error instanceof TextFault) return error
    throw error
  }
}

function checkText(path: string, text: string): void {
  const fault = textFault(path, text)
  if (fault === undefined) return
  throw damaged({ pointer: jsonPointer('files', path), textLine: fault.line }, fault.message)
}

/** No path may be two things, and none may lie below a file or a link. */
function checkPaths(capture: Capture): void {
  const { files, links, directories, modes } = capture
  const isLeaf = (path: string): boolean => Object.hasOwn(files, path) || Object.hasOwn(links, path)
  const known = new Set<string>(['/'])
  const checkParents = (path: string, ...keys: readonly PropertyKey[]): void => {
    for (let at = parentPath(path); !known.has(at); at = parentPath(at)) {
      if (isLeaf(at)) throw damaged({ pointer: jsonPointer(...keys) }, `${at} is not a directory`)
      known.add(at)
    }
  }
  for (const path of Object.keys(files)) checkParents(path, 'files', path)
  for (const path of Object.keys(links)) {
    if (Object.hasOwn(files, path)) {
      throw damaged({ pointer: jsonPointer('links', path) }, 'is a file as well')
    }
    checkParents(path, 'links', path)
  }
  for (const [index, path] of directories.entries()) {
    if (isLeaf(path)) {
      throw damaged({ pointer: jsonPointer('directories', index) }, 'is a file or a link as well')
    }
    checkParents(path, 'directories', index)
  }
  for (const path of Object.keys(modes)) checkParents(path, 'modes', path)
}

const BLOCK_NAME = /^\/sys\/devices\/system\/memory\/(memory[^/]*)\//

function checkBlockNames(capture: Capture): void {
  for (const path of Object.keys(capture.files)) {
    const name = BLOCK_NAME.exec(path)?.[1]
    if (name !== undefined && !/^memory(?:0|[1-9]\d{0,8})$/.test(name)) {
      throw damaged({ pointer: jsonPointer('files', path) }, `${name} is no name of a memory block`)
    }
  }
}

function checkPages({ pages, files }: Capture): void {
  if (pages === undefined) return
  if (!Number.isInteger(Math.log2(pages.pageBytes))) {
    throw damaged({ pointer: '/pages/pageBytes' }, `${pages.pageBytes} is no size of a page`)
  }
  const blockPages = parseHex(files[BLOCK_SIZE] ?? '') / pages.pageBytes
  let previous = -1
  for (const [index, { id, counts }] of pages.blocks.entries()) {
    if (id <= previous) {
      throw damaged({ pointer: jsonPointer('pages', 'blocks', index, 'id') }, 'out of order')
    }
    previous = id
    const sum = Object.values(counts).reduce((total, count) => total + count, 0)
    if (sum !== blockPages) {
      const pointer = jsonPointer('pages', 'blocks', index, 'counts')
      throw damaged({ pointer }, `${sum} pages in a block of ${blockPages}`)
    }
  }
}

/**
 * Checks what the shape does not say: that paths fit together and that texts are what the kernel writes.
 * @throws HotplugError BAD_CAPTURE
 */
export function checkMeaning(capture: Capture): void {
  if (!Object.hasOwn(capture.files, BLOCK_SIZE)) {
    throw damaged(
      { pointer: '/files' },
      `${BLOCK_SIZE} is missing: no memory hot-plug on this host`,
    )
  }
  checkPaths(capture)
  checkBlockNames(capture)
  for (const [path, text] of Object.entries(capture.files)) checkText(path, text)
  checkPages(capture)
}
