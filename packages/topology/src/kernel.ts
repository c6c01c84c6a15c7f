import type { Source } from './source'
import type { Topology } from './topology'

/**
 * What runs. `/proc/sys/kernel/arch` is there since Linux 6.1.
 * @param known what the caller knows of it
 */
export async function readKernel(
  source: Source,
  known: { readonly arch?: string; readonly release?: string },
): Promise<Pick<Topology, 'arch' | 'release'>> {
  const read = async (path: string): Promise<string | undefined> =>
    (await source.optionalText(path, 'The kernel is unknown.'))?.trim()
  const version = /^Linux version (\S+)/.exec((await read('/proc/version')) ?? '')?.[1]
  return {
    arch: known.arch ?? (await read('/proc/sys/kernel/arch')) ?? null,
    release: known.release ?? version ?? (await read('/proc/sys/kernel/osrelease')) ?? null,
  }
}
