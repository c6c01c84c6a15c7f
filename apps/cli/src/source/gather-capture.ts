import { type GatheredCapture, gatherCapture, REPORT_KINDS } from '@memhp/capture'
import { isHotplugError } from '@memhp/core'
import manifest from '../../package.json' with { type: 'json' }
import { CliError } from '../errors'
import { parseSize } from '../text/size'
import { readReports } from './report-files'

/** What is said beside the files. */
export interface GatherFlags {
  readonly arch?: string
  readonly blockSize?: string
}

function blockBytesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const bytes = parseSize(text)
  if (bytes !== undefined && bytes >= 2 ** 20 && Number.isInteger(Math.log2(bytes))) return bytes
  throw new CliError(`--block-size ${JSON.stringify(text)}: a power of two is expected`, {
    remedy: '128M, 2G; /sys/devices/system/memory/block_size_bytes has it, hexadecimal',
  })
}

/**
 * Joins the texts of a report into a capture.
 * @param names files, folders of unpacked sos reports, or `KIND=FILE`
 * @throws CliError, HotplugError that names the place
 */
export async function gatherFrom(
  names: readonly string[],
  flags: GatherFlags,
): Promise<GatheredCapture> {
  const blockBytes = blockBytesOf(flags.blockSize)
  const texts = await readReports(names)
  try {
    return gatherCapture(texts, {
      tool: `memhp ${manifest.version}`,
      ...(flags.arch === undefined ? {} : { arch: flags.arch }),
      ...(blockBytes === undefined ? {} : { blockBytes }),
    })
  } catch (error) {
    if (!isHotplugError(error) || error.code !== 'BAD_ARGUMENT') throw error
    const remedies: Readonly<Record<string, string>> = {
      arch: '--arch NAME, what uname -m prints there; or its uname -a',
      kind: `KIND=FILE says what it is: ${REPORT_KINDS.join(', ')}`,
      from: 'add lsmem -a -o +ZONES,NODE, or /proc/iomem as root reads it, or the log of the boot',
    }
    const remedy = remedies[String(error.detail.option)]
    throw new CliError(error.message, remedy === undefined ? {} : { remedy })
  }
}

/** What the facts of a capture rest on, and what contradicts itself, as lines. */
export function gatheredLines({ facts, contradictions }: GatheredCapture): readonly string[] {
  const width = Math.max(...facts.map(({ fact }) => fact.length))
  return [
    ...facts.map(({ fact, how, from }) => `  ${fact.padEnd(width)}  ${how.padEnd(7)}  ${from}`),
    ...(contradictions.length === 0 ? [] : ['The texts contradict each other:']),
    ...contradictions.map((message) => `  ${message}`),
  ]
}
