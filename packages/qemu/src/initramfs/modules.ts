import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { GuestError } from '../launch/guest-error'

/** A kernel module, with those that it needs first. */
export interface KernelModule {
  readonly name: string
  readonly path: string
}

/** Modules have `_` where their files may have `-`. */
const nameOf = (path: string): string => basename(path).replace(/\.ko$/, '').replaceAll('-', '_')

/** The line of a module's `.modinfo` section that names what it needs. */
async function dependenciesOf(path: string): Promise<string[]> {
  const text = (await readFile(path)).toString('latin1')
  const list = /(?:^|\0)depends=([^\0]*)\0/.exec(text)?.[1] ?? ''
  return list.split(',').filter((name) => name !== '')
}

/**
 * The modules to load for those that are wanted, in order.
 * @param wanted names, with `-` or `_`; a `?` at the end: left out where there is no such file, as the kernel may have it built in
 * @param files the `.ko` files that there are
 * @throws GuestError FILES_MISSING
 */
export async function modulesFor(
  wanted: readonly string[],
  files: readonly string[],
): Promise<KernelModule[]> {
  const known = new Map(files.map((path) => [nameOf(path), path]))
  const ordered: KernelModule[] = []
  const visit = async (name: string, neededBy: string): Promise<void> => {
    if (ordered.some((module) => module.name === name)) return
    const path = known.get(name)
    if (path === undefined) {
      throw new GuestError('FILES_MISSING', `${name}: no such kernel module${neededBy}`)
    }
    for (const dependency of await dependenciesOf(path)) {
      await visit(dependency.replaceAll('-', '_'), `, which ${name} needs`)
    }
    ordered.push({ name, path })
  }
  for (const each of wanted) {
    const name = each.replaceAll('-', '_').replace(/\?$/, '')
    if (known.has(name) || !each.endsWith('?')) await visit(name, '')
  }
  return ordered
}
