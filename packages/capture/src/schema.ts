import * as v from 'valibot'
import { CAPTURE_FORMAT, CAPTURE_VERSION, type Capture, PAGE_CLASSES } from './format'

/** Most characters of one file's text. */
const LARGEST_TEXT = 16 * 2 ** 20
const LARGEST_NAME = 4096

// @__NO_SIDE_EFFECTS__
function textLike(pattern: RegExp, orElse: string) {
  return v.pipe(v.string(), v.regex(pattern, orElse))
}

// @__NO_SIDE_EFFECTS__
function integer(least: number, most = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
}

const text = v.pipe(v.string(), v.maxLength(LARGEST_TEXT))
const sentence = v.pipe(v.string(), v.nonEmpty('empty'), v.maxLength(LARGEST_NAME))
const path = v.pipe(
  v.string(),
  v.maxLength(LARGEST_NAME),
  v.regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/, 'not an absolute path without . and ..'),
  v.description('An absolute path of the host, without . and .. in it.'),
)

/** Keys that `v.record` passes over without a word. */
const PASSED_OVER = ['__proto__', 'constructor', 'prototype']

const isMap = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !PASSED_OVER.some((key) => Object.hasOwn(value, key))

/** An object whose keys are paths. `v.record` alone takes a list for one. */
// @__NO_SIDE_EFFECTS__
function byPath<Value extends v.GenericSchema>(value: Value) {
  const map = v.custom<Record<string, unknown>>(isMap, 'not an object whose keys are paths')
  return v.pipe(map, v.record(path, value))
}

const cpu = v.strictObject({
  flags: v.pipe(
    v.array(textLike(/^[a-z0-9_]+$/, 'not a flag of /proc/cpuinfo')),
    v.description('Flags of /proc/cpuinfo that decide how the kernel maps memory.'),
  ),
  mmu: v.exactOptional(v.pipe(sentence, v.description('The MMU line of /proc/cpuinfo (Power).'))),
})

const unreadable = v.strictObject({
  path,
  errno: textLike(/^E[A-Z0-9]+$/, 'not the name of an errno'),
  assume: v.pipe(sentence, v.description('What a twin takes for true instead.')),
})

const redaction = v.strictObject({ path, what: sentence })

const blockPages = v.strictObject({
  id: integer(0),
  counts: v.pipe(
    v.strictObject(v.entriesFromList(PAGE_CLASSES, v.exactOptional(integer(1)))),
    v.description('Pages by class; classes without pages are left out.'),
  ),
  freeChunks: v.exactOptional(
    v.pipe(
      v.array(integer(0)),
      v.maxLength(64),
      v.description('Chunks of free memory by order, cut from the free runs at natural alignment.'),
    ),
  ),
})

const pages = v.strictObject({
  pageBytes: integer(1024, 2 ** 24),
  maxOrder: integer(0, 63),
  blocks: v.array(blockPages),
})

/** The shape of a capture. The published JSON Schema is made of it as well. */
export const CAPTURE_SCHEMA: v.GenericSchema<unknown, Capture> = v.pipe(
  v.strictObject({
    format: v.literal(CAPTURE_FORMAT),
    version: v.literal(CAPTURE_VERSION),
    takenAt: v.exactOptional(
      v.pipe(
        v.string(),
        v.isoTimestamp('not a time'),
        v.regex(/T.*Z$/, 'not a time in UTC: 2026-11-22T09:30:00Z'),
      ),
    ),
    tool: v.pipe(sentence, v.description('What took the capture.')),
    arch: v.pipe(
      textLike(/^[A-Za-z0-9_]{1,32}$/, 'not the name of an architecture'),
      v.description('What uname -m prints.'),
    ),
    kernelRelease: v.pipe(sentence, v.description('What uname -r prints.')),
    hostname: v.exactOptional(sentence),
    notes: v.exactOptional(text),
    cpu: v.exactOptional(cpu),
    files: v.pipe(
      byPath(text),
      v.description('The text of each file by path, with its final newline.'),
    ),
    links: v.pipe(byPath(sentence), v.description('The text of each link by path.')),
    directories: v.pipe(v.array(path), v.description('Directories that hold nothing else.')),
    modes: v.pipe(
      byPath(textLike(/^[0-7]{1,4}$/, 'not permission bits in octal')),
      v.description(
        'Permission bits in octal where they are not 444. A file named only here cannot be read.',
      ),
    ),
    unreadable: v.array(unreadable),
    redacted: v.array(redaction),
    pages: v.exactOptional(v.pipe(pages, v.description('What /proc/kpageflags said, by block.'))),
  }),
  v.title('memhp capture, version 1'),
  v.description('One Linux host’s memory state.'),
)
