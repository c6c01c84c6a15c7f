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

const SENTENCE = textShape({
  least: 1,
  most: LARGEST_NAME,
  words: 'a text of 1 to 4096 characters',
})
const CONTENT = textShape({ most: LARGEST_TEXT })
const PATH = textShape({
  most: LARGEST_NAME,
  pattern: /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/,
  words: 'an absolute path without . and ..',
})
const TIME = textShape({
  format: 'date-time',
  pattern:
    /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d+)?Z$/,
  words: 'a time in UTC, as 2026-11-22T09:30:00Z',
})

const CPU = recordShape<CpuFacts>({
  flags: listShape(textShape({ pattern: /^[a-z0-9_]+$/, words: 'a flag of /proc/cpuinfo' })),
  mmu: optionalShape(SENTENCE),
})

const UNREADABLE = recordShape<Unreadable>({
  path: PATH,
  errno: textShape({ pattern: /^E[A-Z0-9]+$/, words: 'the name of an errno' }),
  assume: SENTENCE,
})

const REDACTION = recordShape<Redaction>({ path: PATH, what: SENTENCE })

const PAGE_COUNT = optionalShape(wholeShape(1))
const COUNTS = /* @__PURE__ */ recordShape<Readonly<Partial<Record<PageClass, number>>>>(
  /* @__PURE__ */ Object.fromEntries(
    /* @__PURE__ */ PAGE_CLASSES.map((name) => [name, PAGE_COUNT]),
  ) as unknown as Record<PageClass, OptionalShape<number>>,
)

const BLOCK_PAGES = recordShape<BlockPages>({
  id: wholeShape(),
  counts: COUNTS,
  freeChunks: optionalShape(listShape(wholeShape(), 64)),
})

const PAGES = recordShape<PageSummary>({
  pageBytes: wholeShape(1024, 16777216),
  maxOrder: wholeShape(0, 63),
  blocks: listShape(BLOCK_PAGES),
})

/** What a capture must be. */
export const CAPTURE_SHAPE: Shape<Capture> = /* @__PURE__ */ recordShape<Capture>({
  format: choiceShape(CAPTURE_FORMAT),
  version: choiceShape(CAPTURE_VERSION),
  takenAt: optionalShape(TIME),
  tool: SENTENCE,
  arch: textShape({ pattern: /^[A-Za-z0-9_]{1,32}$/, words: 'the name of an architecture' }),
  kernelRelease: SENTENCE,
  hostname: optionalShape(SENTENCE),
  notes: optionalShape(CONTENT),
  cpu: optionalShape(CPU),
  files: mapShape(CONTENT, PATH),
  links: mapShape(SENTENCE, PATH),
  directories: listShape(PATH),
  modes: mapShape(textShape({ pattern: /^[0-7]{1,4}$/, words: 'permission bits in octal' }), PATH),
  unreadable: listShape(UNREADABLE),
  redacted: listShape(REDACTION),
  pages: optionalShape(PAGES),
})
