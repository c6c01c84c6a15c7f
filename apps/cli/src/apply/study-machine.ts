import type { CliContext } from '../context'
import { CliError } from '../errors'
import { chooseSource, describeSource, type SourceChoice } from '../source/choice'
import { type StudiedHost, type StudyFlags, studyHost } from '../source/studied-host'
import { isElsewhere, type RemoteFlags, remoteArguments, specOf, withTarget } from './open-target'

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
  const elsewhere = remoteArguments(flags)
  if (choice.kind !== 'host')
    throw new CliError(
      `more than one machine is named: ${elsewhere.trim()} and ${describeSource(choice)}`,
    )
  return withTarget(await specOf(flags), { wish: flags, context }, async (target) => ({
    choice: { kind: 'far', name: target.name, flags: elsewhere },
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
