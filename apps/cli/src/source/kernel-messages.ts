import { closeSync, constants, openSync, readSync } from 'node:fs'
import { readPackedText } from '@memhp/host'
import { type LogLine, parseKernelLog } from '@memhp/kernel-files'
import { withFile } from '../file-problem'

/** Most characters of a log that are looked at. */
const LARGEST_LOG = 2 ** 26
const STANDARD_INPUT = '-'
/** Longest record of /dev/kmsg. Source: CONSOLE_EXT_LOG_MAX, Linux 6.1. */
const RECORD_BYTES = 8192
/** More records than the largest buffer of the kernel holds. */
const MOST_RECORDS = 2 ** 20

/** The records of this host's /dev/kmsg; undefined where it cannot be read. */
function ownMessages(): string | undefined {
  const buffer = Buffer.alloc(RECORD_BYTES)
  const records: string[] = []
  let file: number
  try {
    file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    while (records.length < MOST_RECORDS) {
      try {
        records.push(buffer.toString('utf8', 0, readSync(file, buffer)))
      } catch (error) {
        // EPIPE: the record was overwritten meanwhile, the next is there. EAGAIN: that was the last.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') break
      }
    }
  } finally {
    closeSync(file)
  }
  return records.join('')
}

async function standardInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > LARGEST_LOG) break
  }
  return text.slice(0, LARGEST_LOG)
}

async function textOf(path: string): Promise<string> {
  if (path === STANDARD_INPUT) return standardInput()
  return withFile(path, async () =>
    readPackedText(path, { code: 'NOT_READABLE', largestBytes: LARGEST_LOG }),
  )
}

/**
 * The kernel's log: of a file, packed or not, of standard input (`-`), or of this host.
 * @param path undefined for this host's
 * @returns undefined where this host's cannot be read
 * @throws CliError, HotplugError NOT_READABLE for a file that cannot be read or is too long
 */
export async function kernelMessages(
  path: string | undefined,
): Promise<readonly LogLine[] | undefined> {
  const text = path === undefined ? ownMessages() : await textOf(path)
  return text === undefined ? undefined : parseKernelLog(text)
}
