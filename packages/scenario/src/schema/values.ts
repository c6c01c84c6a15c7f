import { ERRNO, type Errno } from '@memhp/core'
import { parseSize } from '@memhp/kernel-files'
import { z } from 'zod'
import { PATH_BASE } from '../format/path'
import { closestWord, parseDuration, parseNumberList } from '../text'

/** What follows "did you mean" for a word that is not known. */
export function suggestion(word: string, known: readonly string[]): string {
  const near = closestWord(word, known)
  return near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`
}

/**
 * A map with these fields and no others. A field that is not known is answered with the nearest one.
 * @param word what a field is called in messages
 */
export function fields<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  word = 'field',
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.input === undefined) return undefined
      if (issue.code !== 'unrecognized_keys') return `expected a map with ${known.join(', ')}`
      return issue.keys
        .map((key) => `unknown ${word} "${key}"; ${suggestion(String(key), known)}`)
        .join('; ')
    },
  })
}

/** One of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word> {
  return z.enum(words, {
    error: (issue) =>
      typeof issue.input === 'string'
        ? `"${issue.input}" is none of ${words.join(', ')}`
        : undefined,
  })
}

/** A value of several forms, all described in one sentence. */
export function parsed<Output>(
  form: z.ZodType,
  read: (value: unknown) => Output | undefined,
  what: string,
): z.ZodType<Output> {
  return form.transform((value, context): Output => {
    const output = read(value)
    if (output !== undefined) return output
    context.issues.push({ code: 'custom', message: what, input: value })
    return z.NEVER
  })
}

const textOrNumber = (what: string): z.ZodType =>
  z.union([z.string(), z.number()], {
    error: (issue) => (issue.input === undefined ? undefined : what),
  })

const SIZE_HELP = 'expected a size such as 512M, 2G or 0x8000000'

/** Bytes: `512M`, `0x8000000`, `4096`. */
export const size: z.ZodType<number> = parsed(
  textOrNumber(SIZE_HELP),
  (value) => parseSize(String(value)),
  SIZE_HELP,
)

const CHANGE_HELP = 'expected a change such as +128M, -1G or 0'

/** Bytes with a sign: `+128M`. */
export const sizeChange: z.ZodType<number> = parsed(
  textOrNumber(CHANGE_HELP),
  (value) => {
    const match = /^([+-]?)(.+)$/.exec(String(value))
    const bytes = parseSize(match?.[2] ?? '')
    if (bytes === undefined || (match?.[1] === '' && bytes !== 0)) return undefined
    return match?.[1] === '-' ? -bytes : bytes
  },
  CHANGE_HELP,
)

const LIST_HELP = 'expected numbers such as 8-11 or 8,10-12'

/** Numbers in their order: `8-11`, `11-8`, `8,10`, `[8, 10-12]`. */
export const numberList: z.ZodType<readonly number[]> = parsed(
  z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))], {
    error: (issue) => (issue.input === undefined ? undefined : LIST_HELP),
  }),
  (value) => parseNumberList(Array.isArray(value) ? value.join(',') : String(value)),
  LIST_HELP,
)

const DURATION_HELP = 'expected a time such as 50s, 500ms, 5m or 1h'

/** Milliseconds: `50s`. */
export const duration: z.ZodType<number> = parsed(
  z.string(DURATION_HELP),
  (value) => parseDuration(String(value)),
  DURATION_HELP,
)

/** A number that counts: 0, 1, 2, … */
export const count: z.ZodType<number> = z.int().min(0)

/** At least one of something. */
export const positive: z.ZodType<number> = z.int().min(1)

/** Longest name or text that a scenario may give. */
const LONGEST = 65_536

/** Text; a number stands for its digits. */
export const text: z.ZodType<string> = parsed(
  textOrNumber('expected a text'),
  (value) => (String(value).length <= LONGEST ? String(value) : undefined),
  `expected a text of at most ${LONGEST} characters`,
)

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** A name that the scenario gives: of a file in memory, a device, a snapshot. */
export const name: z.ZodType<string> = z
  .string()
  .regex(NAME, 'expected a name of letters, digits, ".", "_" and "-" that begins with a letter')

/** A path of /sys or /proc; a relative one begins at /sys/devices/system/memory. */
export const path: z.ZodType<string> = parsed(
  z.string().min(1).max(4096),
  (value) => (String(value).startsWith('/') ? String(value) : `${PATH_BASE}/${value}`),
  'expected a path',
)

const ERRNO_NAMES = Object.keys(ERRNO) as Errno[]

/** The name of an errno: `EBUSY`. */
export const errno: z.ZodType<Errno> = z.enum(ERRNO_NAMES, {
  error: (issue) =>
    typeof issue.input === 'string'
      ? `"${issue.input}" is not an errno that memhp knows; ${suggestion(issue.input, ERRNO_NAMES)}`
      : undefined,
})
