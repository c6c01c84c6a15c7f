import ts from 'typescript'
import { ERROR_CODES } from '../packages/core/src/errors/codes'
import { isTest, readPackages, readText, typescriptFiles } from './workspace'

/** The text of docs/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return `# Errors

Every expected refusal is a \`HotplugError\`. Test its \`code\`: the message may change, the code does not.
\`errno\` is what the kernel's system call answers, \`detail\` is the evidence. A broken invariant is an
\`InvariantViolation\` and always a bug.

Written by \`pnpm docs:errors\` from \`packages/core/src/errors/codes.ts\`.

| code | meaning |
| --- | --- |
${rows.join('\n')}
`
}

const COMPARISONS: readonly ts.SyntaxKind[] = [
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]

/** True for a literal that asks for a code (a comparison, a case, a type) and does not give one. */
function onlyAsks({ parent }: ts.Node): boolean {
  if (ts.isBinaryExpression(parent)) return COMPARISONS.includes(parent.operatorToken.kind)
  return ts.isCaseClause(parent) || ts.isLiteralTypeNode(parent)
}

/** The string literals of a source that stand for a code, and those given to `HotplugError` itself. */
function codesIn(file: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'HotplugError') {
      const [code] = node.arguments ?? []
      if (code && ts.isStringLiteral(code)) found.push(code.text)
    }
    if (ts.isStringLiteral(node) && node.text in ERROR_CODES && !onlyAsks(node)) {
      found.push(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest, true))
  return found
}

/** The codes that the sources of packages and applications throw, directly or through a function. */
export function thrownCodes(): ReadonlySet<string> {
  const sources = readPackages()
    .filter(({ folder }) => /^(?:packages|apps)\//.test(folder))
    .flatMap(({ folder }) => typescriptFiles(`${folder}/src`))
    .filter((file) => !isTest(file))
  return new Set(sources.flatMap(codesIn))
}
