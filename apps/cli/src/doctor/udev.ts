import type { FileTree } from '@memhp/core'
import { ifThere } from '../source/if-there'

/** A line of a file of rules or settings that brings memory online. */
export interface OnlineRule {
  /** The file, with the number of the line: `/etc/udev/rules.d/40-memory.rules:3`. */
  readonly place: string
  /** What it writes: `online_movable`; undefined where its conditions decide that. */
  readonly how: string | undefined
}

/** Folders of udev's rules: a file in one hides those of its name in the later ones. Source: udev(7) */
const RULES = [
  '/etc/udev/rules.d',
  '/run/udev/rules.d',
  '/usr/local/lib/udev/rules.d',
  '/usr/lib/udev/rules.d',
  '/lib/udev/rules.d',
]

/** One rule: a line, or several of which all but the last end in a backslash. */
export interface RuleLine {
  /** The number of its last line. */
  readonly at: number
  readonly text: string
}

/** The rules of a file, without comments and lines of nothing. */
export function ruleLines(text: string): readonly RuleLine[] {
  const lines: RuleLine[] = []
  let before = ''
  for (const [index, line] of text.split('\n').entries()) {
    const whole = before + line
    before = line.endsWith('\\') ? whole.slice(0, -1) : ''
    if (before === '' && !/^\s*(?:#|$)/.test(whole)) lines.push({ at: index + 1, text: whole })
  }
  return lines
}

const isOfMemory = (text: string): boolean => /SUBSYSTEM\s*[!=]=\s*"memory"/.test(text)

/** An assignment, which a comparison is not: `ATTR{state}="online"`. */
const ASSIGNED = /ATTR\{state\}\s*=\s*"([^"]*)"/

/** Rules of one file. */
function rulesIn(path: string, text: string): readonly OnlineRule[] {
  if (!isOfMemory(text)) return []
  const rules: OnlineRule[] = []
  for (const { at, text: line } of ruleLines(text)) {
    const [, how] = ASSIGNED.exec(line) ?? []
    if (how === undefined || how === 'offline') continue
    rules.push({ place: `${path}:${at}`, how: /^online\w*$/.test(how) ? how : undefined })
  }
  return rules
}

/** A file of rules. */
export interface RuleFile {
  readonly path: string
  readonly text: string
}

/**
 * Files of udev's rules, in the order in which udev reads them.
 * @returns undefined where the tree has no folder of rules: a capture keeps none
 */
export async function readRuleFiles(tree: FileTree): Promise<readonly RuleFile[] | undefined> {
  const byName = new Map<string, string>()
  let isKnown = false
  for (const folder of RULES) {
    const names = await ifThere(() => tree.list(folder))
    isKnown ||= names !== undefined
    for (const name of names ?? [])
      if (name.endsWith('.rules') && !byName.has(name)) byName.set(name, `${folder}/${name}`)
  }
  if (!isKnown) return undefined
  const files: RuleFile[] = []
  for (const name of [...byName.keys()].sort()) {
    const path = byName.get(name) ?? ''
    files.push({ path, text: (await ifThere(() => tree.read(path))) ?? '' })
  }
  return files
}

/** Rules that bring memory online, in the order of their files. */
export const onlineRulesIn = (files: readonly RuleFile[]): readonly OnlineRule[] =>
  files.flatMap(({ path, text }) => rulesIn(path, text))
