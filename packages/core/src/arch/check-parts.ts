import { formatHex } from '../address/units'
import { ERRNO } from '../errors/errno'
import type { Arch, ArchAnswer } from '../model/arch'
import { demandFunctions, refusePlugin } from '../plugin/refuse-plugin'
import type { ArchParts } from './arch-parts'

/** Every part: a new one does not compile until it is here. */
const PARTS: Readonly<Record<keyof ArchParts, true>> = {
  name: true,
  geometry: true,
  features: true,
  mapping: true,
  memmap: true,
  blockBytes: true,
  mappable: true,
  failedAddLeaves: true,
  canAdd: true,
  canRemove: true,
  slots: true,
  boot: true,
  directMapFailure: true,
  entries: true,
  withholdPages: true,
  meminfo: true,
  check: true,
}

/**
 * Requires that parts are known by their names, and are functions where they must be. Their numbers are checked when a
 * machine is made.
 * @throws HotplugError BAD_PLUGIN that names the arch and the part
 */
export function checkParts(parts: ArchParts): void {
  const head = { kind: 'arch', name: parts.name } as const
  const known = Object.keys(PARTS)
  const unknown = Object.keys(parts).find((part) => !known.includes(part))
  if (unknown !== undefined)
    refusePlugin(head, `composeArch has no part "${unknown}": its parts are ${known.join(', ')}.`)
  demandFunctions(head, parts, {
    required: [],
    optional: [
      'canAdd',
      'canRemove',
      'boot',
      'directMapFailure',
      'entries',
      'withholdPages',
      'meminfo',
      'check',
    ],
  })
}

/** What an arch is asked about a range of memory, and what it is then said to refuse. */
const ASKED = { canAdd: 'cannot add memory: ', canRemove: 'cannot remove memory: ' } as const

/**
 * What the arch answers to an add or a removal. Its answer is checked, so that a refusal always has an errno and a reason.
 * @returns a function that throws HotplugError BAD_PLUGIN where the arch's own answers something else
 */
export function answers(parts: ArchParts, asked: keyof typeof ASKED): Arch['canRemove'] {
  const { name, [asked]: ask } = parts
  if (ask === undefined) return () => ({ kind: 'allowed' })
  return (machine, range) => {
    const answer = ask(machine, range)
    const problem = answerProblem(answer, asked)
    if (problem === undefined) return answer
    const where = `${asked}(${formatHex(range.start)}-${formatHex(range.end - 1)})`
    return refusePlugin({ kind: 'arch', name }, `${where} gave ${problem}`)
  }
}

/** What is wrong with an answer of a plugin that no compiler has seen. */
function answerProblem(
  answer: Partial<ArchAnswer> | undefined,
  asked: keyof typeof ASKED,
): string | undefined {
  if (answer?.kind === 'allowed') return undefined
  if (answer?.kind !== 'impossible' && answer?.kind !== 'not-written')
    return `${JSON.stringify(answer)}: its kind is allowed, impossible or not-written.`
  const { errno, reason } = answer
  if (errno === undefined || !Object.hasOwn(ERRNO, errno))
    return `errno ${JSON.stringify(errno)}: one of ${Object.keys(ERRNO).join(', ')}.`
  if (typeof reason !== 'string' || reason === '')
    return `no reason: give the words that follow "${ASKED[asked]}".`
  return undefined
}
