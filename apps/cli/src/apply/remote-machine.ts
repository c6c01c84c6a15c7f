import { type Capture, parseCapture } from '@memhp/capture'
import { type FileTree, isHotplugError } from '@memhp/core'
import { captureScript } from '@memhp/host'
import type { Plan } from '@memhp/planner'
import { DIALECTS } from '@memhp/platforms/dialects'
import { GuestError, type RemoteShell } from '@memhp/qemu'
import { readTopology } from '@memhp/topology'
import { CliError, EXIT } from '../errors'
import type { OpenedSource } from '../source/opened-source'
import type { StudyWish } from '../source/studied-host'
import { shellWord } from '../text/shell-word'
import type { ReadableTarget, StoppableTree } from './target'

/** A machine was lost: its connection ended, or the guest died. What was done to it stays done. */
export class Lost extends CliError {
  readonly isLost = true
}

/** Does something with a machine that may be lost meanwhile. @throws Lost */
export async function orLost<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof GuestError)) throw error
    const [what = ''] = error.message.split('\n')
    throw new Lost(what, { exitCode: EXIT.noGuest })
  }
}

/** The files of a machine that may be lost meanwhile. */
export const treeOrLost = (tree: RemoteShell['tree']): StoppableTree => ({
  read: (path) => orLost(() => tree.read(path)),
  list: (path) => orLost(() => tree.list(path)),
  readlink: (path) => orLost(() => tree.readlink(path)),
  lookup: (path) => orLost(() => tree.lookup(path)),
  write: (path, text, options) => orLost(() => tree.write(path, text, options)),
})

/**
 * Refuses before anything is done where the first step of a plan may not be written.
 * @param told whose file it is, and what would help
 * @throws CliError
 */
export async function checkFirst(
  { run }: Pick<RemoteShell, 'run'>,
  { steps: [first] }: Pick<Plan, 'steps'>,
  told: { readonly what: string; readonly remedy: string },
): Promise<void> {
  if (first === undefined) return
  const { status } = await orLost(() => run(`[ -w ${shellWord(first.path)} ]`))
  if (status === 0) return
  const { what, remedy } = told
  throw new CliError(`${first.path} of ${what}`, { remedy, exitCode: EXIT.refused })
}

/** What reads a machine at the far side of a shell: its files of one moment, and as plans are made on it. */
export function readingOf(
  { run, tree }: Pick<RemoteShell, 'run'> & { readonly tree: FileTree },
  wish: StudyWish,
  name: string,
): Pick<ReadableTarget, 'open' | 'study'> {
  const open = async (): Promise<OpenedSource> => {
    const { openCaptured } = await import('../source/capture-source')
    return { ...openCaptured(await captureRemote({ run }, wish, name)), now: tree }
  }
  return {
    open,
    study: async () => {
      const { tree: captured, known } = await open()
      return readTopology(captured, known)
    },
  }
}

/**
 * Takes a capture at the far side of a shell, by the script that takes them where no Node is.
 * @throws CliError where it cannot be read
 */
export async function captureRemote(
  shell: Pick<RemoteShell, 'run'>,
  { pages, arch }: Pick<StudyWish, 'pages' | 'arch'>,
  name: string,
): Promise<Capture> {
  const flags = [...(pages ? ['--pages'] : []), ...(arch === undefined ? [] : ['--arch', arch])]
  const words = flags.map(shellWord).join(' ')
  const { stdout, stderr, status } = await orLost(() =>
    shell.run(`set -- ${words}\n${captureScript()}`),
  )
  try {
    return parseCapture(stdout, { dialects: DIALECTS })
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const said = stderr.trim().split('\n').at(-1) ?? ''
    throw new CliError(
      `${name} cannot be read (${status}): ${said === '' ? error.message : said}`,
      {
        remedy: 'it needs sh, awk, ls and cat, and /sys/devices/system/memory',
        exitCode: EXIT.refused,
      },
    )
  }
}
