// Finds the place of a mutant by what stands there, wherever its file lies: a named declaration, and in it a node
// of the syntax tree whose tokens are those of the mutant's text.
import ts from 'typescript'
import { type Declaration, declarationsIn, mayDeclare, type Source } from './declarations'
import { type Token, tokensOfText, tokenTree } from './tokens'

/** Where a mutant is. README.md says how to write one. */
export interface Anchor {
  /** Name of the function, of the constant or, as `Class.method`, of the method in which the code stands. */
  readonly in: string
  /** Folder below packages/, where that is not enough to tell. */
  readonly package?: string
  /** The code: one whole expression, statement or property. Formatting and comments do not count. */
  readonly from: string
  /** Which one, from 1, where it stands more than once in the declaration. */
  readonly occurrence?: `${number} of ${number}`
}

/** A place in a source file: its text is `text.slice(start, end)`. */
export interface Place {
  readonly file: string
  readonly start: number
  readonly end: number
  /** What stands there. */
  readonly text: string
  /** True for a statement, which nothing can take the place of but another. */
  readonly isStatement: boolean
}

/**
 * The one place that an anchor means.
 * @throws Error that says why it means none, or several
 */
export function placeOf(anchor: Anchor, sources: readonly Source[]): Place {
  const wanted = tokensOfText(anchor.from)
  const named = declarationsOf(sources, anchor)
  const found = named.flatMap((declaration) => placesIn(declaration, wanted))
  const { index, count } = occurrenceOf(anchor)
  const place = found[index - 1]
  if (found.length === count && place !== undefined) return place
  throw new Error(
    found.length === 0
      ? explainNone(anchor, { wanted, named, sources })
      : explainSeveral(anchor, found, named),
  )
}

function declarationsOf(
  sources: readonly Source[],
  { in: name, package: folder }: Anchor,
): readonly Declaration[] {
  return sources
    .filter(({ file }) => folder === undefined || file.startsWith(`packages/${folder}/`))
    .filter((source) => mayDeclare(source, name))
    .flatMap(declarationsIn)
    .filter((declaration) => declaration.name === name)
}

function occurrenceOf({ occurrence = '1 of 1' }: Anchor): {
  readonly index: number
  readonly count: number
} {
  const [index = 0, count = 0] = occurrence.split(' of ').map(Number)
  return { index, count }
}

/** The nodes of a declaration that consist of these tokens. Of nodes within each other with the same tokens, one. */
function placesIn({ file, node }: Declaration, wanted: readonly Token[]): readonly Place[] {
  const { tokens, nodes } = tokenTree(node)
  const isHere = (at: number): boolean =>
    wanted.every((token, i) => tokens[at + i]?.text === token.text)
  return tokens.flatMap((first, at) => {
    const outermost = isHere(at) ? nodes.get(`${at}+${wanted.length}`) : undefined
    const end = tokens[at + wanted.length - 1]?.end
    if (outermost === undefined || end === undefined) return []
    const text = node.getSourceFile().text.slice(first.start, end)
    return [{ file, start: first.start, end, text, isStatement: isStatement(outermost) }]
  })
}

const isStatement = (node: ts.Node): boolean =>
  node.kind >= ts.SyntaxKind.FirstStatement && node.kind <= ts.SyntaxKind.LastStatement

function explainNone(
  anchor: Anchor,
  search: {
    readonly wanted: readonly Token[]
    readonly named: readonly Declaration[]
    readonly sources: readonly Source[]
  },
): string {
  const where = anchor.package === undefined ? 'packages/*/src' : `packages/${anchor.package}/src`
  const problem =
    search.named.length === 0
      ? `Nothing in ${where} is named ${anchor.in}.`
      : `${placeNames(search.named)} does not hold \`${anchor.from}\` as one whole expression, statement or property.`
  const elsewhere = search.sources
    .filter(({ text }) => mayHold(text, search.wanted))
    .flatMap(declarationsIn)
    .filter((declaration) => placesIn(declaration, search.wanted).length > 0)
  if (elsewhere.length > 0) return `${problem} It stands in ${placeNames(elsewhere)}.`
  const near = nearest(search.named, search.wanted)
  return near === undefined ? problem : `${problem} The nearest is \`${near}\`.`
}

/** The text of the node that differs in the fewest tokens, as after a change of names; at least half must agree. */
function nearest(named: readonly Declaration[], wanted: readonly Token[]): string | undefined {
  const candidates = named.flatMap(({ node }) => {
    const { tokens, nodes } = tokenTree(node)
    return tokens.flatMap((first, at) => {
      const last = tokens[at + wanted.length - 1]
      if (last === undefined || !nodes.has(`${at}+${wanted.length}`)) return []
      const agreeing = wanted.filter((token, i) => tokens[at + i]?.text === token.text).length
      return [{ text: node.getSourceFile().text.slice(first.start, last.end), agreeing }]
    })
  })
  const [best] = candidates.toSorted((a, b) => b.agreeing - a.agreeing)
  return best !== undefined && 2 * best.agreeing >= wanted.length ? best.text : undefined
}

/** Spares the parsing of files that lack a word of the code. */
const mayHold = (text: string, wanted: readonly Token[]): boolean =>
  wanted.every((token) => token.text.startsWith('"') || text.includes(token.text))

function explainSeveral(
  anchor: Anchor,
  found: readonly Place[],
  named: readonly Declaration[],
): string {
  const files = [...new Set(found.map(({ file }) => file))]
  const problem = `\`${anchor.from}\` stands ${found.length} times in ${anchor.in}`
  const asked = anchor.occurrence === undefined ? '' : `, where "${anchor.occurrence}" is asked for`
  if (files.length === 1 && named.length === 1)
    return `${problem}${asked}: give a larger piece of code, or say which ("1 of ${found.length}").`
  return `${problem}${asked}, a name that is ambiguous (${files.join(', ')}): give \`package\`, or a larger piece of code.`
}

const placeNames = (declarations: readonly Declaration[]): string =>
  declarations.map(({ name, file }) => `${name} (${file})`).join(', ')
