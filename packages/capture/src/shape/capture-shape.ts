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
} from '../format'
import {
  constant,
  described,
  integer,
  list,
  map,
  type Optional,
  optional,
  record,
  type Shape,
  type ShapeFault,
  text,
} from './shape'

/** Most characters of one file's text. */
const LARGEST_TEXT = 16777216
const LARGEST_NAME = 4096

const sentence = text({ least: 1, most: LARGEST_NAME })
const content = text({ most: LARGEST_TEXT })
const path = described(
  text({
    most: LARGEST_NAME,
    pattern: /^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/,
    orElse: 'not an absolute path without . and ..',
  }),
  'An absolute path of the host, without . and .. in it.',
)
const time = text({
  format: 'date-time',
  pattern:
    /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d+)?Z$/,
  orElse: 'not a time in UTC: 2026-11-22T09:30:00Z',
})

const cpu = record<CpuFacts>({
  flags: described(
    list(text({ pattern: /^[a-z0-9_]+$/, orElse: 'not a flag of /proc/cpuinfo' })),
    'Flags of /proc/cpuinfo that decide how the kernel maps memory.',
  ),
  mmu: described(optional(sentence), 'The MMU line of /proc/cpuinfo (Power).'),
})

const unreadable = record<Unreadable>({
  path,
  errno: text({ pattern: /^E[A-Z0-9]+$/, orElse: 'not the name of an errno' }),
  assume: described(sentence, 'What a twin takes for true instead.'),
})

const redaction = record<Redaction>({ path, what: sentence })

const pageCount = optional(integer(1))
const counts = /* @__PURE__ */ record<Readonly<Partial<Record<PageClass, number>>>>(
  /* @__PURE__ */ Object.fromEntries(
    /* @__PURE__ */ PAGE_CLASSES.map((name) => [name, pageCount]),
  ) as unknown as Record<PageClass, Optional<number>>,
)

const blockPages = record<BlockPages>({
  id: integer(0),
  counts: described(counts, 'Pages by class; classes without pages are left out.'),
  freeChunks: described(
    optional(list(integer(0), 64)),
    'Chunks of free memory by order, cut from the free runs at natural alignment.',
  ),
})

const pages = record<PageSummary>({
  pageBytes: integer(1024, 16777216),
  maxOrder: integer(0, 63),
  blocks: list(blockPages),
})

const CAPTURE: Shape<Capture> = record<Capture>({
  format: constant(CAPTURE_FORMAT),
  version: constant(CAPTURE_VERSION),
  takenAt: optional(time),
  tool: described(sentence, 'What took the capture.'),
  arch: described(
    text({ pattern: /^[A-Za-z0-9_]{1,32}$/, orElse: 'not the name of an architecture' }),
    'What uname -m prints.',
  ),
  kernelRelease: described(sentence, 'What uname -r prints.'),
  hostname: optional(sentence),
  notes: optional(content),
  cpu: optional(cpu),
  files: described(map(path, content), 'The text of each file by path, with its final newline.'),
  links: described(map(path, sentence), 'The text of each link by path.'),
  directories: described(list(path), 'Directories that hold nothing else.'),
  modes: described(
    map(path, text({ pattern: /^[0-7]{1,4}$/, orElse: 'not permission bits in octal' })),
    'Permission bits in octal where they are not 444. A file named only here cannot be read.',
  ),
  unreadable: list(unreadable),
  redacted: list(redaction),
  pages: described(optional(pages), 'What /proc/kpageflags said, by block.'),
})

/** The value as a capture if it has the shape of one, else what is wrong first. */
export function checkShape(
  value: unknown,
): { readonly capture: Capture } | { readonly fault: ShapeFault } {
  const fault = CAPTURE.fault(value)
  return fault === undefined ? { capture: value as Capture } : { fault }
}

/** The JSON Schema of the format, draft 2020-12. Ships as `schema/memhp-capture-1.schema.json`. */
export const captureJsonSchema = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'memhp capture, version 1',
  description: 'One Linux host’s memory state.',
  ...CAPTURE.json,
})
