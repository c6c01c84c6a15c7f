import { HotplugError, isHotplugError, type Machine } from '@memhp/core'
import { logLine, parseUnsigned } from '@memhp/core/plugin'
import { type DlparRequest, performRequest } from './request'

const bad = (text: string): HotplugError => new HotplugError('BAD_WORD', 'EINVAL', text)

/** Any number that the kernel does not like is EINVAL here. */
function number(word: string | undefined, missing: string, invalid: string): number {
  if (word === undefined || word === '') throw bad(missing)
  try {
    return parseUnsigned(word, { bits: 32 })
  } catch {
    throw bad(invalid)
  }
}

/**
 * Reads a request: `memory add|remove index DRC | count N | indexed-count N DRC`, single blanks between the words.
 * @throws HotplugError BAD_WORD (EINVAL). Source: handle_dlpar_request, pseries/dlpar.c 6.1; spec 6.2.2.
 */
export function parseDlparRequest(text: string): DlparRequest {
  const bare = text.endsWith('\n') ? text.slice(0, -1) : text
  const [resource, action, by, first, second] = bare.split(' ')
  if (resource !== 'memory') throw bad('Invalid resource specified.')
  if (action !== 'add' && action !== 'remove') throw bad('Invalid action specified.')
  const drc = (word: string | undefined): number =>
    number(word, 'No DRC Index specified.', 'Invalid DRC Index specified.')
  const count = (word: string | undefined): number =>
    number(word, 'No DRC count specified.', 'Invalid DRC count specified.')
  if (by === 'indexed-count') return { action, by, count: count(first), drcIndex: drc(second) }
  if (by === 'index') return { action, by, drcIndex: drc(first) }
  if (by === 'count') return { action, by, count: count(first) }
  throw bad('Invalid id_type specified.')
}

/** A write to /sys/kernel/dlpar. @throws HotplugError as `parseDlparRequest` and `performRequest` */
export function writeDlpar(machine: Machine, text: string): void {
  try {
    performRequest(machine, parseDlparRequest(text))
  } catch (error) {
    if (isHotplugError(error) && error.code === 'BAD_WORD')
      logLine(machine, 'err', `dlpar: ${error.message}`)
    logLine(machine, 'err', `dlpar: Could not handle DLPAR request "${text.trimEnd()}"`)
    throw error
  }
}
