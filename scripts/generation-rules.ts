// What the sources of packages read of the rules of generations, by their syntax trees.
import ts from 'typescript'
import { isTest, readPackages, readText, typescriptFiles } from './workspace'

const MODELS: readonly string[] = [
  'packages/core/src/model/generation-rules.ts',
  'packages/core/src/model/procfs-rules.ts',
]
const DATA = 'packages/core/src/generation/'

/** A rule: `sysfs.stateMatch`. */
export interface RuleKey {
  readonly group: string
  readonly key: string
  /** The sentences that stand above it. */
  readonly text: string
}

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest, true)

/** Finds something at the first call, and gives the same at each later one. */
function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined
  return () => {
    found ??= { value: find() }
    return found.value
  }
}

const textAbove = (node: ts.Node): string =>
  ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => (typeof comment === 'string' ? comment.replaceAll(/\s*\n\s*/g, ' ') : ''))
    .join(' ')

/** Interfaces of the model of generations, by name. */
const interfaces = once((): ReadonlyMap<string, ts.InterfaceDeclaration> => {
  const all = MODELS.flatMap((file) => parse(file).statements.filter(ts.isInterfaceDeclaration))
  return new Map(all.map((each) => [each.name.text, each]))
})

const properties = (declaration: ts.InterfaceDeclaration): readonly ts.PropertySignature[] =>
  declaration.members.filter(ts.isPropertySignature)

/** Groups of rules by the interface that declares them: `SysfsRules` → `sysfs`. */
const groups = once((): ReadonlyMap<string, string> => {
  const rules = interfaces().get('GenerationRules')
  if (rules === undefined) throw new Error(`${MODELS.join(', ')} does not declare GenerationRules.`)
  return new Map(properties(rules).map((each) => [each.type?.getText() ?? '', each.name.getText()]))
})

/** All rules that the model of generations declares, in order. */
export function ruleKeys(): readonly RuleKey[] {
  const known = interfaces()
  return [...groups()].flatMap(([type, group]) => {
    const declaration = known.get(type)
    if (declaration === undefined) throw new Error(`${MODELS.join(', ')} does not declare ${type}.`)
    return properties(declaration).map((each) => {
      return { group, key: each.name.getText(), text: textAbove(each) }
    })
  })
}

const sources = (): readonly string[] =>
  readPackages()
    .flatMap(({ folder }) => typescriptFiles(`${folder}/src`))
    .filter((file) => !isTest(file) && !MODELS.includes(file) && !file.startsWith(DATA))

/** The group that an expression stands for: `rules.sysfs`, or a variable called `sysfs`. */
function groupOf(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined
  if (ts.isPropertyAccessExpression(node)) return node.name.text
  return ts.isIdentifier(node) ? node.text : undefined
}

/** The group whose parts a pattern takes: by the initializer, by the pattern around it, or by a parameter's type. */
function groupOfPattern(pattern: ts.ObjectBindingPattern): string | undefined {
  const { parent } = pattern
  if (ts.isVariableDeclaration(parent)) return groupOf(parent.initializer)
  if (ts.isBindingElement(parent)) return parent.propertyName?.getText()
  const type = parent.type?.getText() ?? ''
  return [...groups()].find(([name]) => new RegExp(`\\b${name}\\b`).test(type))?.[1]
}

/** Rules that some source reads, as `sysfs.stateMatch`. */
export function rulesRead(): ReadonlySet<string> {
  const read = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node))
      read.add(`${groupOf(node.expression)}.${node.name.text}`)
    if (ts.isObjectBindingPattern(node)) {
      const group = groupOfPattern(node)
      for (const { propertyName, name } of node.elements)
        read.add(`${group}.${(propertyName ?? name).getText()}`)
    }
    ts.forEachChild(node, visit)
  }
  for (const file of sources()) visit(parse(file))
  return read
}

/** Occasions of the kernel's log that some source speaks of. */
export const occasionsSaid = (): ReadonlySet<string> =>
  new Set(
    sources().flatMap((file) =>
      [...readText(file).matchAll(/\bsay\(\s*machine,\s*'(\w+)'/g)].map(([, name = '']) => name),
    ),
  )

const isNameOfGeneration = (node: ts.Node): boolean =>
  ts.isPropertyAccessExpression(node) &&
  node.name.text === 'name' &&
  groupOf(node.expression) === 'generation'

/** Places that decide by the name of a generation: comparisons, switches, look-ups. `file:line`. */
export function nameSwitches(): readonly string[] {
  const found: string[] = []
  const visit = (node: ts.Node, file: ts.SourceFile): void => {
    const { parent } = node
    const decides =
      isNameOfGeneration(node) &&
      ((ts.isBinaryExpression(parent) && /[=!]=/.test(parent.operatorToken.getText())) ||
        ts.isSwitchStatement(parent) ||
        ts.isElementAccessExpression(parent))
    if (decides) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart())
      found.push(`${file.fileName}:${line + 1}`)
    }
    ts.forEachChild(node, (child) => visit(child, file))
  }
  for (const name of sources()) {
    const file = parse(name)
    visit(file, file)
  }
  return found
}
