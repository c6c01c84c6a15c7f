import { derived, stated } from './basis'
import type { Source } from './source'
import type { Basis, Topology } from './topology'

const ARCH = '/proc/sys/kernel/arch'
const RELEASES = ['/proc/version', '/proc/sys/kernel/osrelease'] as const

/** What runs, and what that rests on. */
export interface KernelFacts extends Pick<Topology, 'arch' | 'release'> {
  readonly bases: Readonly<Record<'arch' | 'release', Basis>>
}

/**
 * What runs. `/proc/sys/kernel/arch` is there since Linux 6.1.
 * @param known what the caller knows of it
 */
export async function readKernel(
  source: Source,
  known: { readonly arch?: string; readonly release?: string },
): Promise<KernelFacts> {
  const read = async (path: string): Promise<string | undefined> =>
    (await source.optionalText(path, 'The kernel is unknown.'))?.trim()
  const version = /^Linux version (\S+)/.exec((await read(RELEASES[0])) ?? '')?.[1]
  const arch = known.arch ?? (await read(ARCH)) ?? null
  const release = known.release ?? version ?? (await read(RELEASES[1])) ?? null
  const given = derived('the caller knows it')
  return {
    arch,
    release,
    bases: {
      arch: known.arch === undefined ? stated(arch, ARCH) : given,
      release:
        known.release === undefined
          ? stated(release, RELEASES[version === undefined ? 1 : 0])
          : given,
    },
  }
}
