import type { FirmwareReading } from '@memhp/core/plugin'
import {
  BLOCK_SIZE_FILE,
  textFault as faultOfText,
  parseHex,
  type TextFault,
} from '@memhp/kernel-files'
import { damaged, jsonPointer } from './fault'
import type { Capture } from './format'
import { parentPath } from './path'

/** What is wrong with a file's text; undefined where nothing is, or where nothing is expected of it. */
export const textFault = (
  path: string,
  text: string,
  checks: FirmwareChecks,
): TextFault | undefined => faultOfText(path, text, checks)

/** What the texts of firmware's files must be, by patterns of their paths. */
export type FirmwareChecks = FirmwareReading['capture']['checks']

/** The checks of several readings. */
export const firmwareChecks = (readings: readonly FirmwareReading[]): FirmwareChecks =>
  readings.flatMap(({ capture }) => capture.checks)

function checkText(path: string, text: string, checks: FirmwareChecks): void {
  const fault = textFault(path, text, checks)
  if (fault === undefined) return
  throw damaged({ pointer: jsonPointer('files', path), textLine: fault.line }, fault.message)
}

/**
 * Checks the texts of firmware's files, which are whose firmware reads them.
 * @param readings of the firmware that the captured host may have
 * @throws HotplugError BAD_CAPTURE
 */
export function checkFirmwareTexts(capture: Capture, readings: readonly FirmwareReading[]): void {
  const checks = firmwareChecks(readings)
  for (const [path, text] of Object.entries(capture.files)) {
    const parse = checks.find(([pattern]) => pattern.test(path))
    if (parse !== undefined) checkText(path, text, [parse])
  }
}

/** The keys of a capture's records. Of a large host each look at them takes long. */
export interface CaptureKeys {
  readonly files: readonly string[]
  readonly links: readonly string[]
  readonly modes: readonly string[]
}

/** No path may be two things, and none may lie below a file or a link. */
function checkPaths(capture: Capture, keys: CaptureKeys): void {
  const { files, links, directories } = capture
  const isLeaf = (path: string): boolean => Object.hasOwn(files, path) || Object.hasOwn(links, path)
  const known = new Set<string>(['/'])
  let last = ''
  const checkParents = (path: string, ...keys: readonly PropertyKey[]): void => {
    // Most paths are beside the one before.
    if (path.lastIndexOf('/') === last.length && path.startsWith(last)) return
    for (let at = parentPath(path); !known.has(at); at = parentPath(at)) {
      if (isLeaf(at)) throw damaged({ pointer: jsonPointer(...keys) }, `${at} is not a directory`)
      known.add(at)
    }
    last = parentPath(path)
  }
  for (const path of keys.files) checkParents(path, 'files', path)
  for (const path of keys.links) {
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
  for (const path of keys.modes) checkParents(path, 'modes', path)
}

const BLOCK_NAME = /^\/sys\/devices\/system\/memory\/(memory[^/]*)\//

/**
 * Blocks have numbers as the kernel prints them, and end below 2^53 bytes.
 * @returns the numbers of those that have a file
 */
function checkBlockNames({ files }: Capture, keys: CaptureKeys): ReadonlySet<number> {
  const blockBytes = parseHex(files[BLOCK_SIZE_FILE] ?? '')
  const numbers = new Set<number>()
  let checked = ''
  for (const path of keys.files) {
    const name = BLOCK_NAME.exec(path)?.[1]
    if (name === undefined || name === checked) continue
    const number = /^memory(0|[1-9]\d*)$/.exec(name)?.[1]
    const at = { pointer: jsonPointer('files', path) }
    if (number === undefined) throw damaged(at, `${name} is not a name of a memory block`)
    if (!Number.isSafeInteger((Number(number) + 1) * blockBytes)) {
      throw damaged(at, `${name} would end above 2^53 bytes`)
    }
    numbers.add(Number(number))
    checked = name
  }
  return numbers
}

function checkPages({ pages, files }: Capture, listed: ReadonlySet<number>): void {
  if (pages === undefined) return
  if (!Number.isInteger(Math.log2(pages.pageBytes))) {
    throw damaged({ pointer: '/pages/pageBytes' }, `${pages.pageBytes} is not a size of a page`)
  }
  const blockPages = parseHex(files[BLOCK_SIZE_FILE] ?? '') / pages.pageBytes
  let previous = -1
  for (const [index, { id, counts }] of pages.blocks.entries()) {
    const at = (key: string) => ({ pointer: jsonPointer('pages', 'blocks', index, key) })
    if (id <= previous) throw damaged(at('id'), 'out of order')
    if (!listed.has(id)) throw damaged(at('id'), `memory${id} has no file: the block is not listed`)
    previous = id
    const sum = Object.values(counts).reduce((total, count) => total + count, 0)
    if (sum !== blockPages) throw damaged(at('counts'), `${sum} pages in a block of ${blockPages}`)
  }
}

/** Whether the texts of a capture are known to be what the kernel writes, or how firmware's are to be checked. */
export type TextsKnown = 'checked' | { readonly firmware: FirmwareChecks }

/**
 * Checks what the shape does not say: that paths fit together and that texts are what the kernel writes.
 * @throws HotplugError BAD_CAPTURE
 */
export function checkMeaning(capture: Capture, keys: CaptureKeys, texts: TextsKnown): void {
  if (!Object.hasOwn(capture.files, BLOCK_SIZE_FILE)) {
    throw damaged(
      { pointer: '/files' },
      `${BLOCK_SIZE_FILE} is missing: no memory hot-plug on this host`,
    )
  }
  checkPaths(capture, keys)
  if (texts !== 'checked') {
    for (const [path, text] of Object.entries(capture.files)) checkText(path, text, texts.firmware)
  }
  checkPages(capture, checkBlockNames(capture, keys))
}
