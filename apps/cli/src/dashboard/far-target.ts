import { serialiseCapture } from '@memhp/capture'
import { openTarget } from '../apply/open-target'
import { captureRemote } from '../apply/remote-machine'
import type { Target, TargetSpec } from '../apply/target'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { watchMemory } from '../watch/watch'
import { watchedFar } from '../watch/watched-far'
import { changeTeller, type LiveTarget, type TargetWish, WATCH_OPTIONS } from './live-target'

/** A look waits for a capture that is under way. In milliseconds. */
const LONGEST_PAUSE = 2000

/** @throws CliError for a machine that can be asked for little */
async function runOf({ run, name, close }: Target): Promise<NonNullable<Target['run']>> {
  if (run !== undefined) return run
  await close()
  throw new CliError(
    `${name}: its agent runs no programs, and the page needs all that a capture holds`,
    {
      remedy: 'allow guest-exec in the guest’s qemu-ga.conf, or name the guest by --ssh',
      exitCode: EXIT.refused,
    },
  )
}

/** Opens a machine elsewhere, to be shown. @throws CliError where it cannot be reached */
export async function openFar(
  spec: TargetSpec,
  { pages, arch, allowWrite }: TargetWish,
  context: CliContext,
): Promise<LiveTarget> {
  const wish = { pages, ...(arch === undefined ? {} : { arch }) }
  const target = await openTarget(spec, wish, context)
  const run = await runOf(target)
  const { tree } = target
  const name = target.name.replace(/^the (?:host |guest, a )?/, '')
  return {
    name,
    text: async () => serialiseCapture(await captureRemote({ run }, wish, target.name)),
    follow: async (signal, teller) => {
      const options = { ...WATCH_OPTIONS, longestPause: LONGEST_PAUSE }
      await watchMemory(watchedFar(target), { ...options, signal, tell: changeTeller(teller) })
    },
    writable: allowWrite
      ? { place: `${name}:`, write: (path, text) => tree.write(path, text) }
      : null,
    close: () => target.close(),
  }
}
