import { HotplugError } from '../errors/hotplug-error'
import type { OnlineType } from '../model/block'
import type { SysfsRules } from '../model/generation'

const badWord = (text: string, allowed: string): HotplugError =>
  new HotplugError('BAD_WORD', 'EINVAL', `${JSON.stringify(text)} is not one of ${allowed}.`, {
    detail: { text },
  })

/** Exact match with one trailing newline tolerated. Source: sysfs_streq, lib/string_helpers.c 6.1. */
export function parseWord<Word extends string>(text: string, words: readonly Word[]): Word {
  const bare = text.endsWith('\n') ? text.slice(0, -1) : text
  const found = words.find((word) => word === bare)
  if (found === undefined) throw badWord(text, words.join(', '))
  return found
}

/** A word of `state` or `auto_online_blocks`, matched as the generation does. */
export function parseOnlineType(
  { stateWords, stateMatch }: Pick<SysfsRules, 'stateWords' | 'stateMatch'>,
  text: string,
): OnlineType {
  if (stateMatch === 'exact') return parseWord(text, stateWords)
  const found = stateWords.find((word) => word.startsWith(text.slice(0, word.length)))
  if (found === undefined) throw badWord(text, stateWords.join(', '))
  return found
}

/** Truth by the first one or two characters only. Source: kstrtobool, lib/kstrtox.c 6.1. */
export function parseBool(text: string): boolean {
  const first = text[0]?.toLowerCase()
  const second = text[1]?.toLowerCase()
  if (first === '1' || first === 'y' || first === 't') return true
  if (first === '0' || first === 'n' || first === 'f') return false
  if (first === 'o' && second === 'n') return true
  if (first === 'o' && second === 'f') return false
  throw badWord(text, '1, y, t, on, 0, n, f, off')
}

const DIGITS: readonly (readonly [RegExp, number])[] = [
  [/^0[xX]([0-9a-fA-F]+)$/, 16],
  [/^0([0-7]+)$/, 8],
  [/^([0-9]+)$/, 10],
]

/**
 * An unsigned number with the base taken from its prefix, one trailing newline tolerated.
 * @param bits width of the kernel's variable: more is ERANGE
 * @throws HotplugError BAD_NUMBER (EINVAL or ERANGE). Source: kstrtoull, lib/kstrtox.c 6.1.
 */
export function parseUnsigned(
  text: string,
  limits: { readonly bits: number; readonly base?: 10 },
): number {
  let bare = text.endsWith('\n') ? text.slice(0, -1) : text
  if (bare.startsWith('+')) bare = bare.slice(1)
  const forms = limits.base === 10 ? ([[/^([0-9]+)$/, 10]] as const) : DIGITS
  for (const [form, base] of forms) {
    const digits = form.exec(bare)?.[1]
    if (digits === undefined) continue
    const value = Number.parseInt(digits, base)
    if (value < 2 ** limits.bits) return value
    throw new HotplugError(
      'BAD_NUMBER',
      'ERANGE',
      `${bare} does not fit into ${limits.bits} bits.`,
      { detail: { text } },
    )
  }
  throw new HotplugError('BAD_NUMBER', 'EINVAL', `${JSON.stringify(text)} is no number.`, {
    detail: { text },
  })
}
