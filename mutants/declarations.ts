import ts from 'typescript'
import { parseSource } from './tokens'

/** The text of one source file. */
export interface Source {
  /** From the root of the repository: `packages/core/src/zone/zone-span.ts`. */
  readonly file: string
  readonly text: string
}

/** A function, constant or method that stands at the top of a file. */
export interface Declaration {
  /** `shrinkSpans`, `BLOCK_FILES`, `Tree.insert`. */
  readonly name: string
  readonly file: string
  readonly node: ts.Node
}

/** Spares the parsing of sources that cannot hold a declaration of this name. */
export function mayDeclare({ text }: Source, name: string): boolean {
  const [first] = name.split('.')
  return ['function', 'const', 'let', 'class'].some((keyword) =>
    text.includes(`${keyword} ${first}`),
  )
}

const parsed = new WeakMap<Source, readonly Declaration[]>()

/** The declarations of a source that hold code. Each source is parsed once. */
export function declarationsIn(source: Source): readonly Declaration[] {
  const known = parsed.get(source)
  if (known !== undefined) return known
  const { statements } = parseSource(source.file, source.text)
  const declarations = statements.flatMap((statement) =>
    namedNodes(statement).map(([name, node]) => ({ name, file: source.file, node })),
  )
  parsed.set(source, declarations)
  return declarations
}

function namedNodes(statement: ts.Statement): readonly (readonly [string, ts.Node])[] {
  if (ts.isFunctionDeclaration(statement) && statement.body !== undefined)
    return [[statement.name?.text ?? 'default', statement]]
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((each) => [each.name.getText(), each])
  if (!ts.isClassDeclaration(statement)) return []
  const { name, members } = statement
  return members.map((member) => [
    `${name?.text ?? 'default'}.${member.name?.getText() ?? 'constructor'}`,
    member,
  ])
}
