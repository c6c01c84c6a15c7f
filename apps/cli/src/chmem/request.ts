import { parseSize } from '@memhp/kernel-files'
import { CliError } from '../errors'
import { formatSize } from '../text/size'

/** What is to go online or offline, as chmem takes it. */
export type ChmemRequest =
  | { readonly kind: 'size'; readonly sizeBytes: number }
  /** Blocks, the last one included. */
  | { readonly kind: 'blocks'; readonly first: number; readonly last: number }

const blockNumber = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new CliError(`Failed to parse block number: '${text}'`)
}

function blockRange(text: string): ChmemRequest {
  const at = text.indexOf('-')
  const first = blockNumber(at < 0 ? text : text.slice(0, at))
  const last = at < 0 ? first : blockNumber(text.slice(at + 1))
  if (last < first) throw new CliError(`Invalid range: ${text}`)
  return { kind: 'blocks', first, last }
}

function address(which: 'start' | 'end', text: string): number {
  if (!/^0x/i.test(text)) throw new CliError(`Invalid ${which} address format: ${text}`)
  const value = /^0x[0-9a-f]{1,13}$/i.test(text.replace(/^0x0+(?=.)/i, '0x'))
    ? Number(text)
    : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new CliError(`Invalid ${which} address: ${text}`)
}

function addressRange(text: string, blockBytes: number): ChmemRequest {
  const [from = '', to = ''] = text.split('-')
  const [start, end] = [address('start', from), address('end', to) + 1]
  if (start % blockBytes !== 0 || end % blockBytes !== 0)
    throw new CliError(
      `Start address and (end address + 1) must be aligned to memory block size (${formatSize(blockBytes)})`,
    )
  if (end <= start) throw new CliError(`Invalid range: ${text}`)
  return { kind: 'blocks', first: start / blockBytes, last: end / blockBytes - 1 }
}

/**
 * Reads what is asked for, with chmem's messages: a size in MiB or with its unit, a range of addresses, or blocks.
 * @param asBlocks whether `--blocks` was given
 * @throws CliError. Source: what chmem of util-linux 2.38.1 says
 */
export function parseRequest(
  text: string,
  { asBlocks, blockBytes }: { readonly asBlocks: boolean; readonly blockBytes: number },
): ChmemRequest {
  if (asBlocks) return blockRange(text)
  if (text.includes('-')) return addressRange(text, blockBytes)
  const sizeBytes = parseSize(/^\d+$/.test(text) ? `${text}M` : text)
  if (sizeBytes === undefined)
    throw new CliError(`Failed to parse size: '${text}': Invalid argument`)
  if (sizeBytes % blockBytes !== 0)
    throw new CliError(`Size must be aligned to memory block size (${formatSize(blockBytes)})`)
  return { kind: 'size', sizeBytes }
}
