import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { isolatedDeclarationSync } from 'rolldown/experimental'

/** A specifier of a file of the same package, in a declaration: `from './driver'`, `import('../model/zone')`. */
const INNER = /(?<=(?:from |import |import\()['"])\.{1,2}\/[^'"]+(?=['"])/g

/**
 * Writes the declarations of a package below `dist`, a file for each source that its entries lead to. Types are not
 * checked: `isolatedDeclarations` has every export say its own.
 * @param folder of the package
 * @param entries sources, relative to `src`: `contracts/index.ts`
 * @throws Error with the place of an export that does not say its type
 */
export function writeDeclarations(folder: string, entries: readonly string[]): void {
  const sources = new Set(entries.map((entry) => join(folder, 'src', entry)))
  // A set is walked in the order of its making, and to the end of what is added meanwhile.
  for (const source of sources) {
    const text = declarationOf(source).replace(INNER, (specifier) => {
      const target = targetOf(source, specifier)
      sources.add(target)
      const path = relative(dirname(source), target).replace(/\.ts$/, '.js')
      return path.startsWith('.') ? path : `./${path}`
    })
    const file = join(folder, 'dist', relative(join(folder, 'src'), source))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file.replace(/\.ts$/, '.d.ts'), text)
  }
}

function declarationOf(source: string): string {
  const { code, errors } = isolatedDeclarationSync(source, readFileSync(source, 'utf8'))
  if (errors.length === 0) return code
  throw new Error(errors.map(({ message, codeframe }) => `${message}\n${codeframe}`).join('\n'))
}

/** The source that a specifier of another names. */
function targetOf(source: string, specifier: string): string {
  const path = join(dirname(source), specifier)
  return existsSync(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts')
}
