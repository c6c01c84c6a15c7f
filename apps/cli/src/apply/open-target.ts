import { realpathSync } from 'node:fs'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { checkFolder } from '../file-problem'
import { chooseSource, describeSource, type SourceFlags } from '../source/choice'
import type { StudyWish } from '../source/studied-host'
import type { Target, TargetSpec } from './target'

/**
 * What flags name as the machine to be changed.
 * @throws CliError where two are named, and for a source that is only a copy
 */
export async function specOf(flags: SourceFlags): Promise<TargetSpec> {
  const choice = chooseSource(undefined, flags)
  if (choice.kind === 'host') return choice
  if (choice.kind !== 'folder')
    throw new CliError(`${describeSource(choice)} is not a machine that goes on`, {
      remedy: 'memhp mount MACHINE DIR, then the same with --sysroot DIR',
    })
  await checkFolder(choice.path, 'name a folder in which a machine is mounted')
  return { kind: 'folder', path: realpathSync(choice.path) }
}

/** Opens a machine to be changed. Nothing of it is changed yet. @throws CliError */
export async function openTarget(
  spec: TargetSpec,
  wish: StudyWish,
  context: CliContext,
): Promise<Target> {
  return (await import('./local-target')).openLocal(spec, wish, context)
}

/** Does something with a machine, and lets go of it. */
export async function withTarget<T>(
  spec: TargetSpec,
  { wish, context }: { readonly wish: StudyWish; readonly context: CliContext },
  use: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await openTarget(spec, wish, context)
  try {
    return await use(target)
  } finally {
    await target.close()
  }
}
