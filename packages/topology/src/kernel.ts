import type { Source } from './source'
import type { Topology } from './topology'

/** Says the architecture since Linux 6.1. */
export const ARCH_FILE = '/proc/sys/kernel/arch'
const RELEASES = ['/proc/version', '/proc/sys/kernel/osrelease'] as const

/** What runs. */
interface KernelFacts extends Pick<Topology, 'arch' | 'release'> {
  /** The file that tells the release, where there is one. */
  readonly releaseFile: string
}

/**
 * What runs.
 * @param known what the caller knows of it
 */
export async function readKernel(
  source: Source,
  known: { readonly arch?: string; readonly release?: string },
): Promise<KernelFacts> {
  const read = async (path: string): Promise<string | undefined> =>
    (await source.optionalText(path, 'The kernel is unknown.'))?.trim()
  const version = /^Linux version (\S+)/.exec((await read(RELEASES[0])) ?? '')?.[1]
  const arch = known.arch ?? (await read(ARCH_FILE)) ?? null
  const release = known.release ?? version ?? (await read(RELEASES[1])) ?? null
  return { arch, release, releaseFile: RELEASES[version === undefined ? 1 : 0] }
}
