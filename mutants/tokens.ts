import ts from 'typescript'

/** A word or a mark of a source. Positions are those of the text that was parsed. */
export interface Token {
  /** As it is compared: a string without its quotes' style. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The tokens of a node in order, and the nodes below it, each by its first token and count: `17+4`. */
export interface TokenTree {
  readonly tokens: readonly Token[]
  /** Of nodes with the same tokens the outermost. */
  readonly nodes: ReadonlyMap<string, ts.Node>
}

/** What the formatter may add or leave out without a change of meaning. */
const isOptional = (node: ts.Node, next: ts.Node | undefined): boolean =>
  node.kind === ts.SyntaxKind.SemicolonToken ||
  (node.kind === ts.SyntaxKind.CommaToken && next === undefined)

const textOf = (node: ts.Node): string =>
  ts.isStringLiteral(node) ? JSON.stringify(node.text) : node.getText()

/** Parses a source, without its comments. */
export const parseSource = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(
    file,
    text,
    {
      languageVersion: ts.ScriptTarget.Latest,
      jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
    },
    true,
  )

/** Takes a node apart, without semicolons and trailing commas. */
export function tokenTree(root: ts.Node): TokenTree {
  const tokens: Token[] = []
  const nodes = new Map<string, ts.Node>()
  const visit = (node: ts.Node): void => {
    const children = node.getChildren()
    const first = tokens.length
    if (children.length > 0) {
      children.forEach((child, i) => {
        if (!isOptional(child, children[i + 1])) visit(child)
      })
    } else if (node.getWidth() > 0) {
      tokens.push({ text: textOf(node), start: node.getStart(), end: node.getEnd() })
    }
    // Children come before their parents, which take their places.
    if (node.kind !== ts.SyntaxKind.SyntaxList) nodes.set(`${first}+${tokens.length - first}`, node)
  }
  visit(root)
  return { tokens, nodes }
}

/**
 * The tokens of a piece of code.
 * @throws Error where it is neither an expression nor a statement (a property looks like one with a label)
 */
export function tokensOfText(code: string): readonly Token[] {
  const expression = parse(`(${code}\n)`)
  if (expression !== undefined) return expression.tokens.slice(1, -1)
  const statements = parse(code)
  if (statements !== undefined && statements.tokens.length > 0) return statements.tokens
  throw new Error(`\`${code}\` is neither an expression nor a statement.`)
}

/** The names that a piece of code takes from around it: identifiers, but not those of properties. */
export function namesIn(code: string): readonly string[] {
  const names: string[] = []
  const visit = (node: ts.Node): void => {
    const { parent } = node
    const isProperty =
      (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) &&
      parent.name === node
    if (ts.isIdentifier(node) && !isProperty) names.push(node.text)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(parseSource('code.ts', code), visit)
  return names
}

function parse(code: string): TokenTree | undefined {
  const { diagnostics = [] } = ts.transpileModule(code, { reportDiagnostics: true })
  if (diagnostics.length > 0) return undefined
  return tokenTree(parseSource('code.ts', code))
}
