import { type RuleFile, type RuleLine, ruleLines } from './udev'

/** What happens to a block of memory, of which the kernel tells. */
const BLOCK_ACTIONS = ['add', 'online', 'offline', 'remove'] as const

type BlockAction = (typeof BLOCK_ACTIONS)[number]

/** A line of a file of rules that runs programs for uevents of memory. */
export interface ProgramRule {
  /** The file, with the number of the line. */
  readonly place: string
  /** For which uevents it does. */
  readonly actions: readonly BlockAction[]
  /** How many it starts for each. */
  readonly programs: number
  /** The first, as it is written, without what follows its name. */
  readonly program: string
  /** Its other conditions are not looked at: it may run nothing. */
  readonly isConditional: boolean
}

/** `KEY{attribute}=="value"`, with escaped quotes. Source: udev(7). */
const TERM = /(\w+)(\{[^}]*\})?\s*(==|!=|\+=|:=|-=|=)\s*e?"((?:[^"\\]|\\.)*)"/g

interface Term {
  readonly key: string
  readonly operator: string
  readonly value: string
}

const termsOf = (text: string): readonly Term[] =>
  [...text.matchAll(TERM)].map(([, key = '', attribute = '', operator = '', value = '']) => ({
    key: `${key}${attribute}`,
    operator,
    value,
  }))

/** Whether a word fits a pattern of udev: alternatives, and `*`, `?`. */
function fits(word: string, pattern: string): boolean {
  return pattern.split('|').some((each) => {
    const escaped = each.replace(/[.+^${}()[\]\\]/g, String.raw`\$&`)
    // One star for several: two side by side match in as many ways as a word has letters.
    return new RegExp(`^${escaped.replace(/\*+/g, '.*').replaceAll('?', '.')}$`).test(word)
  })
}

const RUNS = /^(?:RUN(?:\{program\})?|PROGRAM|IMPORT\{program\})$/

const isCondition = ({ key, operator }: Term): boolean =>
  (operator === '==' || operator === '!=') && !RUNS.test(key)

/** Whether a rule is for uevents of memory and this action; `maybe`: its other conditions decide. */
function holdsFor(terms: readonly Term[], action: BlockAction): 'yes' | 'no' | 'maybe' {
  const known: Readonly<Record<string, string>> = { SUBSYSTEM: 'memory', ACTION: action }
  let answer: 'yes' | 'maybe' = 'yes'
  for (const { key, operator, value } of terms.filter(isCondition)) {
    const word = known[key]
    if (word === undefined) answer = 'maybe'
    else if (fits(word, value) !== (operator === '==')) return 'no'
  }
  return answer
}

interface Found {
  readonly line: RuleLine
  readonly programs: readonly string[]
  readonly isConditional: boolean
}

/** Goes through a file as udev does for one uevent. A jump whose conditions are not known is not made. */
function programsFor(lines: readonly RuleLine[], action: BlockAction): readonly Found[] {
  const found: Found[] = []
  let label: string | undefined
  for (const line of lines) {
    const terms = termsOf(line.text)
    const own = terms.find(({ key }) => key === 'LABEL')?.value
    if (label !== undefined && own !== label) continue
    label = undefined
    const holds = holdsFor(terms, action)
    if (holds === 'no') continue
    const programs = terms.filter(({ key }) => RUNS.test(key)).map(({ value }) => value)
    if (programs.length > 0) found.push({ line, programs, isConditional: holds === 'maybe' })
    if (holds === 'yes') label = terms.find(({ key }) => key === 'GOTO')?.value
  }
  return found
}

/** The lines of a file that run programs for uevents of memory. @param path of the file, for places */
function programRulesIn(path: string, text: string): readonly ProgramRule[] {
  // A file that does not name memory is for all devices alike, or for others.
  if (!/SUBSYSTEM\s*[!=]=\s*"[^"]*memory/.test(text)) return []
  const lines = ruleLines(text)
  const byLine = new Map<number, ProgramRule>()
  for (const action of BLOCK_ACTIONS) {
    for (const { line, programs, isConditional } of programsFor(lines, action)) {
      const before = byLine.get(line.at)
      byLine.set(line.at, {
        place: `${path}:${line.at}`,
        actions: [...(before?.actions ?? []), action],
        programs: programs.length,
        program: programs[0]?.split(/\s/)[0] ?? '',
        isConditional,
      })
    }
  }
  return [...byLine.values()].sort((a, b) =>
    a.place.localeCompare(b.place, 'en', { numeric: true }),
  )
}

/** Programs that udev starts for uevents of memory, in the order of the files. */
export const programRulesOf = (files: readonly RuleFile[]): readonly ProgramRule[] =>
  files.flatMap(({ path, text }) => programRulesIn(path, text))
