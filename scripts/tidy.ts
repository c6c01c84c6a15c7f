// What tests/tidy.test.ts holds the repository to.
import ts from 'typescript'

/** A file is one idea. Lines behind the imports, comments included. */
export const MOST_LINES_OF_A_FILE = 400
/** Lines of a function, its braces included. Functions of tests that only group others are left out. */
export const MOST_LINES_OF_A_FUNCTION = 70

/** Words that are not used in code, comments and documentation, with what is written instead. */
export const BANNED_WORDS: readonly { readonly word: RegExp; readonly instead: string }[] = [
  { word: /\b(?:some|no)body\b/i, instead: 'the passive voice, or the kernel’s noun' },
  { word: /\bsomehow\b/i, instead: 'how it is done' },
  {
    word: /\b(?:laid|lays? (?:it |them |nothing )?out|laying out)\b/i,
    instead: 'mapped, materialised, written',
  },
  { word: /\bso many\b/i, instead: 'the number, or what bounds it' },
  { word: /\bof (?:its|their|his|one’s) own\b/i, instead: 'separate, its' },
  { word: /\bwhat (?:is|was) there\b/i, instead: 'present, existing, found' },
  { word: /\bwhat came of\b/i, instead: 'the result, the outcome' },
  {
    word: /\b(?<!there )(?:is|are|was|were) no (?!longer\b|more\b|matter\b)[a-z]/i,
    instead: '“is not a …”',
  },
]

/** How many lines a source has behind its last import. */
export function linesOf(text: string): number {
  const lines = text.trimEnd().split('\n')
  return lines.length - 1 - lines.findLastIndex((line) => /^(?:import\b.*|\} )from '/.test(line))
}

/** A place that breaks a rule. */
export interface Untidy {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
}

/** The lines of a text that hold a banned word. */
export function bannedWordsIn(file: string, text: string): readonly Untidy[] {
  return text.split('\n').flatMap((line, i) => {
    const found = BANNED_WORDS.find(({ word }) => word.test(line))
    if (found === undefined) return []
    return [{ file, line: i + 1, text: `${line.trim()}  →  ${found.instead}` }]
  })
}

/** Calls whose callback holds tests, not statements. */
const GROUPS: readonly string[] = ['describe', 'test', 'it']

function isGroup(node: ts.Node): boolean {
  let callee: ts.Node | undefined = ts.isCallExpression(node.parent)
    ? node.parent.expression
    : undefined
  while (callee !== undefined && !ts.isIdentifier(callee)) {
    callee =
      ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)
        ? callee.expression
        : undefined
  }
  return callee !== undefined && GROUPS.includes(callee.text)
}

/** The functions of a source that are too long. */
export function longFunctionsIn(file: string, text: string): readonly Untidy[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Untidy[] = []
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined && !isGroup(node)) {
      const start = lineOf(node.getStart(source))
      const lines = lineOf(node.getEnd()) - start + 1
      if (lines > MOST_LINES_OF_A_FUNCTION) {
        found.push({ file, line: start + 1, text: `a function of ${lines} lines` })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
