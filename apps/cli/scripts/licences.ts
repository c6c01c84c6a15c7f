import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the package from outside that a module belongs to; undefined for our own. */
const packageFolder = (module: string): string | undefined =>
  /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.[0]

function licenceOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`${folder} holds no licence text.`)
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
  }
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
}

/**
 * The licence texts of packages from outside that are in a bundle.
 * @param modules files that the bundle holds code of
 * @throws Error for a package without one
 */
export function bundledLicences(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((module) => packageFolder(module) ?? []))
  const texts = [...folders].sort().map(licenceOf)
  return `memhp contains code of these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}
