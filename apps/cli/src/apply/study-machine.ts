import type { CliContext } from '../context'
import { CliError } from '../errors'
import { chooseSource, describeSource, type NamedSource, type SourceChoice } from '../source/choice'
import { readWith } from '../source/machine-source'
import type { OpenedSource } from '../source/opened-source'
import { type StudiedHost, type StudyFlags, studyHost } from '../source/studied-host'
import { isElsewhere, type RemoteFlags, remoteArguments, specOf, withTarget } from './open-target'
import type { Target } from './target'

/** Refuses a machine here beside one elsewhere. @throws CliError */
function checkOne(choice: SourceChoice, flags: RemoteFlags): void {
  if (choice.kind === 'host') return
  const elsewhere = remoteArguments(flags).trim()
  throw new CliError(`more than one machine is named: ${elsewhere} and ${describeSource(choice)}`)
}

const farSource = ({ name }: Pick<Target, 'name'>, flags: RemoteFlags): NamedSource => ({
  kind: 'far',
  name,
  flags: remoteArguments(flags),
})

/**
 * Does something with the files of a machine, here or where it is. How pages are used is not among those of one elsewhere.
 * @param choice what is named without the flags of machines elsewhere
 * @throws CliError where two machines are named, and as `withTarget`; as `readWith`
 */
export async function readMachine<T>(
  choice: SourceChoice,
  flags: RemoteFlags,
  context: CliContext,
  use: (source: OpenedSource, choice: NamedSource) => Promise<T>,
): Promise<T> {
  if (!isElsewhere(flags)) return readWith(choice, async (source) => use(source, choice))
  checkOne(choice, flags)
  const wish = { pages: false }
  return withTarget(await specOf(flags), { wish, context }, async (target) =>
    use(await target.open(), farSource(target, flags)),
  )
}

/**
 * Reads a machine as removals are planned on it, here or where it is.
 * @param choice what is named without the flags of machines elsewhere
 * @throws CliError where two machines are named; as `studyHost`
 */
export async function studyMachine(
  flags: StudyFlags & RemoteFlags,
  context: CliContext,
  choice: SourceChoice = chooseSource(undefined, flags),
): Promise<StudiedHost> {
  if (!isElsewhere(flags)) return studyHost(choice, flags, context)
  checkOne(choice, flags)
  return withTarget(await specOf(flags), { wish: flags, context }, async (target) => ({
    choice: farSource(target, flags),
    topology: await target.study(),
    takenAt: undefined,
    notes: undefined,
    build: () => {
      throw new CliError(`${target.name} is read, and not made anew here`, {
        remedy: 'memhp capture on it, or its script where no Node is, and the same of that file',
      })
    },
  }))
}
