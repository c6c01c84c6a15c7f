import { join } from 'node:path'
import ts from 'typescript'

/** Where a name that an entry exports is declared, and what its documentation says. */
export interface ExportedName {
  readonly name: string
  /** Relative to the root. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Text of its documentation comments; '' where there is none. */
  readonly documentation: string
  /** Names of the comment's tags: `public`, `throws`, … */
  readonly tags: readonly string[]
}

/** The names that each of some sources exports, by source. */
export function exportsOf(
  root: string,
  sources: readonly string[],
): ReadonlyMap<string, readonly ExportedName[]> {
  const program = ts.createProgram(
    sources.map((source) => join(root, source)),
    {
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      customConditions: ['memhp-source'],
      noLib: true,
    },
  )
  const checker = program.getTypeChecker()
  const found = new Map<string, readonly ExportedName[]>()
  for (const source of sources) {
    const file = program.getSourceFile(join(root, source))
    const module = file && checker.getSymbolAtLocation(file)
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module)
    found.set(
      source,
      symbols.flatMap((symbol) => describeName(checker, symbol, root)),
    )
  }
  return found
}

function describeName(checker: ts.TypeChecker, exported: ts.Symbol, root: string): ExportedName[] {
  const symbol =
    (exported.flags & ts.SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported)
  const [declaration] = symbol.declarations ?? []
  if (declaration === undefined) return []
  const source = declaration.getSourceFile()
  return [
    {
      name: exported.name,
      file: source.fileName.slice(root.length + 1),
      line: source.getLineAndCharacterOfPosition(declaration.getStart()).line + 1,
      documentation: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
      tags: symbol.getJsDocTags(checker).map(({ name }) => name),
    },
  ]
}
