import { z } from 'zod'
import type { TextWant } from '../format/check'
import { fields, parsed, text } from './values'

const HELP = 'expected a text, a list of texts, or a map with is, contains, lacks'

const texts: z.ZodType<readonly string[]> = parsed(
  z.union([text, z.array(text)], {
    error: (issue) =>
      issue.input === undefined ? undefined : 'expected a text or a list of texts',
  }),
  (value) => (Array.isArray(value) ? value.map(String) : [String(value)]),
  'expected a text or a list of texts',
)

const inFull = fields({
  is: z.exactOptional(text),
  contains: z.exactOptional(texts),
  lacks: z.exactOptional(texts),
})

/**
 * What a text must be. A bare text is compared as `bare` says; a list names what must be in the text, and an
 * empty list wants an empty text.
 */
export function textWant(bare: 'is' | 'contains'): z.ZodType<TextWant> {
  return parsed(
    z.union([text, z.array(text), inFull], {
      error: (issue) => (issue.input === undefined ? undefined : HELP),
    }),
    (value): TextWant => {
      if (Array.isArray(value))
        return value.length === 0 ? { is: '' } : { contains: value.map(String) }
      if (typeof value === 'object') return value as TextWant
      return bare === 'is' ? { is: String(value) } : { contains: [String(value)] }
    },
    HELP,
  )
}
