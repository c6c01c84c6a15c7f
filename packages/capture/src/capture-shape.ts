import {
  choiceShape,
  listShape,
  mapShape,
  type OptionalShape,
  optionalShape,
  recordShape,
  type Shape,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'
import {
  type BlockPages,
  CAPTURE_FORMAT,
  CAPTURE_VERSION,
  type Capture,
  type CpuFacts,
  PAGE_CLASSES,
  type PageClass,
  type PageSummary,
  type Redaction,
  type Unreadable,
} from './format'

/** Most characters of one file's text. */
const LARGEST_TEXT = 16777216
const LARGEST_NAME = 4096

/** How the pages of blocks are used. */
function pagesShape(): Shape<PageSummary> {
  const count = optionalShape(wholeShape(1))
  const counts = recordShape<Readonly<Partial<Record<PageClass, number>>>>(
    Object.fromEntries(PAGE_CLASSES.map((name) => [name, count])) as unknown as Record<
      PageClass,
      OptionalShape<number>
    >,
  )
  const block = recordShape<BlockPages>({
    id: wholeShape(),
    counts,
    freeChunks: optionalShape(listShape(wholeShape(), 64)),
  })
  return recordShape<PageSummary>({
    pageBytes: wholeShape(1024, 16777216),
    maxOrder: wholeShape(0, 63),
    blocks: listShape(block),
  })
}

/** What a capture must be. */
export function captureShape(): Shape<Capture> {
  const sentence = textShape({
    least: 1,
    most: LARGEST_NAME,
    words: `a text of 1 to ${LARGEST_NAME} characters`,
  })
  const content = textShape({ most: LARGEST_TEXT })
  const path = textShape({
    most: LARGEST_NAME,
    pattern: /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/,
    words: 'an absolute path without . and ..',
  })
  const time = textShape({
    format: 'date-time',
    pattern:
      /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d+)?Z$/,
    words: 'a time in UTC, as 2026-11-22T09:30:00Z',
  })
  const flag = textShape({ pattern: /^[a-z0-9_]+$/, words: 'a flag of /proc/cpuinfo' })
  const mode = textShape({ pattern: /^[0-7]{1,4}$/, words: 'permission bits in octal' })
  const errno = textShape({ pattern: /^E[A-Z0-9]+$/, words: 'the name of an errno' })
  const cpu = recordShape<CpuFacts>({ flags: listShape(flag), mmu: optionalShape(sentence) })
  return recordShape<Capture>({
    format: choiceShape(CAPTURE_FORMAT),
    version: choiceShape(CAPTURE_VERSION),
    takenAt: optionalShape(time),
    tool: sentence,
    arch: textShape({ pattern: /^[A-Za-z0-9_]{1,32}$/, words: 'the name of an architecture' }),
    kernelRelease: sentence,
    hostname: optionalShape(sentence),
    notes: optionalShape(content),
    cpu: optionalShape(cpu),
    files: mapShape(content, path),
    links: mapShape(sentence, path),
    directories: listShape(path),
    fileMode: optionalShape(mode),
    modes: mapShape(mode, path),
    unreadable: listShape(recordShape<Unreadable>({ path, errno, assume: sentence })),
    redacted: listShape(recordShape<Redaction>({ path, what: sentence })),
    pages: optionalShape(pagesShape()),
  })
}
