import { formatHex } from '../address/units'
import type { ArchParts } from '../arch/arch-parts'
import { ERRNO } from '../errors/errno'
import { refusePlugin } from '../errors/refuse-plugin'
import type { Arch, ArchAnswer } from '../model/arch'

/** Every part: a new one does not compile until it is here. */
const PARTS: Readonly<Record<keyof ArchParts, true>> = {
  name: true,
  geometry: true,
  features: true,
  mapping: true,
  memmap: true,
  since: true,
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

const FUNCTIONS: readonly (keyof ArchParts)[] = [
  'canAdd',
  'canRemove',
  'boot',
  'directMapFailure',
  'entries',
  'withholdPages',
  'meminfo',
  'check',
]

/** What is wrong with the parts of an arch by their names and types: their numbers are checked in the arch. */
export function partsProblem(parts: Partial<Record<keyof ArchParts, unknown>>): string | undefined {
  const known = Object.keys(PARTS)
  const unknown = Object.keys(parts).find((part) => !known.includes(part))
  if (unknown !== undefined) return `have no "${unknown}": composeArch knows ${known.join(', ')}.`
  const wrong = FUNCTIONS.find((key) => !['function', 'undefined'].includes(typeof parts[key]))
  return wrong && `are wrong: ${wrong} must be a function or absent.`
}

/** What an arch is asked about a range of memory, and what it is then said to refuse. */
const ASKED = { canAdd: 'cannot add memory: ', canRemove: 'cannot remove memory: ' } as const

/**
 * What the arch answers to an add or a removal. Its answer is checked, so that a refusal always has an errno and a reason.
 * @returns a function that throws HotplugError BAD_PLUGIN where the arch's own answers something else
 */
export function checkedAnswers(arch: Arch, asked: keyof typeof ASKED): Arch['canRemove'] {
  const { name } = arch
  return (machine, range) => {
    const answer = arch[asked](machine, range)
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
