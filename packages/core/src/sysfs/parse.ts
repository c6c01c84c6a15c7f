import { parseKernelBool, parseKernelUnsigned, type UnsignedLimits } from '@memhp/kernel-files'
import { HotplugError } from '../errors/hotplug-error'
import type { OnlineType } from '../model/block'
import type { SysfsRules } from '../model/generation-rules'

const badWord = (text: string, allowed: string): HotplugError =>
  new HotplugError('BAD_WORD', 'EINVAL', `${JSON.stringify(text)} is not one of ${allowed}.`, {
    detail: { text },
  })

/** Exact match with one trailing newline tolerated. Source: sysfs_streq, lib/string_helpers.c 6.1. @beta */
export function parseWord<Word extends string>(text: string, words: readonly Word[]): Word {
  const bare = text.endsWith('\n') ? text.slice(0, -1) : text
  const found = words.find((word) => word === bare)
  if (found === undefined) throw badWord(text, words.join(', '))
  return found
}

/** A word of `state` or `auto_online_blocks`, matched as the generation does. @beta */
export function parseOnlineType(
  { stateWords, stateMatch }: Pick<SysfsRules, 'stateWords' | 'stateMatch'>,
  text: string,
): OnlineType {
  if (stateMatch === 'exact') return parseWord(text, stateWords)
  const found = stateWords.find((word) => word.startsWith(text.slice(0, word.length)))
  if (found === undefined) throw badWord(text, stateWords.join(', '))
  return found
}

/**
 * Truth by the first one or two characters only.
 * @throws HotplugError BAD_WORD. Source: kstrtobool, lib/kstrtox.c 6.1.
 * @beta
 */
export function parseBool(text: string): boolean {
  const value = parseKernelBool(text)
  if (value === undefined) throw badWord(text, '1, y, t, on, 0, n, f, off')
  return value
}

/**
 * An unsigned number with the base taken from its prefix, one trailing newline tolerated.
 * @throws HotplugError BAD_NUMBER (EINVAL or ERANGE). Source: kstrtoull, lib/kstrtox.c 6.1.
 * @beta
 */
export function parseUnsigned(text: string, limits: UnsignedLimits): number {
  const value = parseKernelUnsigned(text, limits)
  if (typeof value === 'number') return value
  const message =
    value === 'ERANGE'
      ? `${text.trimEnd()} does not fit into ${limits.bits} bits.`
      : `${JSON.stringify(text)} is not a number.`
  throw new HotplugError('BAD_NUMBER', value, message, { detail: { text } })
}
