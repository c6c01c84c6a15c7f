import type { Capture, CaptureProgress } from '@memhp/capture'
import { isHotplugError } from '@memhp/core'
import { type HostTree, type TakeCaptureOptions, takeCapture } from '@memhp/host'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { inFile } from '../file-problem'

/** What to do about a folder that is none of a host. */
export const NAME_A_SYSROOT = 'name a folder that holds copies of /sys and /proc'

function progressText({ stage, done, total }: CaptureProgress): string {
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
  return stage === 'files' ? `Reading files: ${percent} %` : `Reading page flags: ${percent} %`
}

/** What is known of a folder beside its files: a machine that memhp serves there says what it is. */
async function knownOf(
  sysroot: string | undefined,
  context: CliContext,
): Promise<{ readonly arch?: string }> {
  if (sysroot === undefined) return {}
  const { archOfMount } = await import('../control/control-client')
  const arch = await archOfMount(sysroot, context.interruptSignal())
  return arch === undefined ? {} : { arch }
}

/**
 * Takes a capture of this host or of a folder, and tells how far it is.
 * @param from.sysroot the folder, as the user named it; undefined for this host
 * @throws CliError for a tree without memory hot-plug, and where the architecture is not known; HotplugError that names the folder
 */
export async function takeHost(
  tree: HostTree,
  from: { readonly sysroot: string | undefined; readonly options: TakeCaptureOptions },
  context: CliContext,
): Promise<Capture> {
  const { sysroot } = from
  const options = { ...(await knownOf(sysroot, context)), ...from.options }
  try {
    const taken = async (): Promise<Capture> =>
      takeCapture(tree, {
        ...options,
        onProgress: (progress) => context.progress(progressText(progress)),
      })
    return sysroot === undefined ? await taken() : await inFile(sysroot, taken)
  } catch (error) {
    if (!isHotplugError(error)) throw error
    if (error.code === 'BAD_ARGUMENT' && error.detail.option === 'arch') {
      throw new CliError(`${error.message} (${error.code})`, {
        remedy: '--arch NAME, what uname -m prints there',
      })
    }
    if (error.code !== 'NO_SUCH_FILE') throw error
    throw new CliError(`${sysroot ?? 'this host'} holds no /sys/devices/system/memory`, {
      remedy: sysroot === undefined ? 'a kernel with CONFIG_MEMORY_HOTPLUG' : NAME_A_SYSROOT,
    })
  } finally {
    context.progress('')
  }
}
