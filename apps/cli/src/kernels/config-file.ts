import { readPackedText } from '@memhp/host'
import { CliError } from '../errors'
import { inFile, withFile } from '../file-problem'

/** Most bytes of a configuration. */
const LARGEST = 2 ** 24

/** `CONFIG_VIRTIO_MEM=m`, `# CONFIG_VIRTIO_MEM is not set`. Source: Documentation/kbuild/kconfig.rst. */
const LINE = /^(?:CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set)$/

/** What a configuration says of options: `y`, `m`, a text, or `n` for one that is not set. Of several lines the last counts. */
export function optionsIn(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, value, unset] = LINE.exec(line.trimEnd()) ?? []
    if (name !== undefined && value !== undefined) options.set(name, value)
    if (unset !== undefined) options.set(unset, 'n')
  }
  return options
}

/**
 * Reads the configuration of a kernel, packed or not: /boot/config-…, /proc/config.gz.
 * @throws CliError for a file that is none, and where the file system refuses
 */
export async function readKernelConfig(path: string): Promise<ReadonlyMap<string, string>> {
  const text = await inFile(path, async () =>
    withFile(path, async () =>
      readPackedText(path, { code: 'BAD_ARGUMENT', largestBytes: LARGEST }),
    ),
  )
  const options = optionsIn(text)
  if (options.size > 0) return options
  throw new CliError(`${path}: this is not the configuration of a kernel`, {
    remedy: '/boot/config-$(uname -r), /proc/config.gz',
  })
}
