import { z } from 'zod'
import { CAPTURE_FORMAT, CAPTURE_VERSION, type Capture, PAGE_CLASSES } from './format'

/** Most characters of one file's text. */
const LARGEST_TEXT = 16 * 2 ** 20
const LARGEST_NAME = 4096

const sentence = z.string().min(1).max(LARGEST_NAME)
const count = z.int().min(0)
const path = z
  .string()
  .max(LARGEST_NAME)
  .regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/, 'no absolute path without . and ..')
  .meta({ description: 'An absolute path of the host, without . and .. in it.' })

const cpu = z.strictObject({
  flags: z.array(z.string().regex(/^[a-z0-9_]+$/)).meta({
    description: 'Flags of /proc/cpuinfo that decide how the kernel maps memory.',
  }),
  mmu: z.exactOptional(sentence).meta({ description: 'The MMU line of /proc/cpuinfo (Power).' }),
})

const unreadable = z.strictObject({
  path,
  errno: z.string().regex(/^E[A-Z0-9]+$/),
  assume: sentence.meta({ description: 'What a twin takes for true instead.' }),
})

const redaction = z.strictObject({ path, what: sentence })

const blockPages = z.strictObject({
  id: count,
  counts: z.partialRecord(z.enum(PAGE_CLASSES), z.int().min(1)).meta({
    description: 'Pages by class; classes without pages are left out.',
  }),
  freeChunks: z.exactOptional(z.array(count).max(64)).meta({
    description: 'Chunks of free memory by order, cut from the free runs at natural alignment.',
  }),
})

const pages = z.strictObject({
  pageBytes: z
    .int()
    .min(1024)
    .max(2 ** 24),
  maxOrder: z.int().min(0).max(63),
  blocks: z.array(blockPages),
})

const capture: z.ZodType<Capture> = z
  .strictObject({
    format: z.literal(CAPTURE_FORMAT),
    version: z.literal(CAPTURE_VERSION),
    takenAt: z.exactOptional(z.iso.datetime()),
    tool: sentence.meta({ description: 'What took the capture.' }),
    arch: z
      .string()
      .regex(/^[A-Za-z0-9_]{1,32}$/)
      .meta({ description: 'What uname -m prints.' }),
    kernelRelease: sentence.meta({ description: 'What uname -r prints.' }),
    hostname: z.exactOptional(sentence),
    notes: z.exactOptional(z.string().max(LARGEST_TEXT)),
    cpu: z.exactOptional(cpu),
    files: z.record(path, z.string().max(LARGEST_TEXT)).meta({
      description: 'The text of each file by path, with its final newline.',
    }),
    links: z.record(path, z.string().min(1).max(LARGEST_NAME)).meta({
      description: 'The text of each link by path.',
    }),
    directories: z.array(path).meta({ description: 'Directories that hold nothing else.' }),
    modes: z.record(path, z.string().regex(/^[0-7]{1,4}$/)).meta({
      description:
        'Permission bits in octal where they are not 444. A file named only here cannot be read.',
    }),
    unreadable: z.array(unreadable),
    redacted: z.array(redaction),
    pages: z.exactOptional(pages).meta({ description: 'What /proc/kpageflags said, by block.' }),
  })
  .meta({ title: 'memhp capture, version 1', description: 'One Linux host’s memory state.' })

/** A place in the value and what is wrong there. */
export interface ShapeFault {
  readonly keys: readonly PropertyKey[]
  readonly message: string
}

/** The value as a capture if it has the shape of one, else what is wrong first. */
export function checkShape(
  value: unknown,
): { readonly capture: Capture } | { readonly fault: ShapeFault } {
  const result = capture.safeParse(value)
  if (result.success) return { capture: result.data }
  const issue = result.error.issues[0]
  return { fault: { keys: issue?.path ?? [], message: issue?.message ?? 'not a capture' } }
}

/** The JSON Schema of the format, draft 2020-12. Ships as `schema/memhp-capture-1.schema.json`. */
export const captureJsonSchema = (): object => z.toJSONSchema(capture, { target: 'draft-2020-12' })
