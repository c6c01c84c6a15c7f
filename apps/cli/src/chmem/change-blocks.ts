import { ERRNO_MESSAGES, isHotplugError } from '@memhp/core'
import type { HostTree } from '@memhp/host'
import { blockFile } from '@memhp/kernel-files'
import { formatRange, formatSize } from '../text/size'
import type { ChmemStep } from './choose-blocks'
import type { ChmemRequest } from './request'

/** What has come of it. */
export interface ChmemResult {
  readonly doneBytes: number
  readonly exitCode: 0 | 1 | 64
}

/** How blocks are changed. */
export interface ChangeOptions {
  readonly request: ChmemRequest
  readonly enable: boolean
  readonly blockBytes: number
  readonly verbose: boolean
  readonly print: (line: string) => void
  readonly warn: (line: string) => void
  readonly signal: AbortSignal
}

const PARTIAL = 64

const nameOf = ({ block: { id } }: ChmemStep, blockBytes: number): string =>
  `Memory Block ${id} (${formatRange({ start: id * blockBytes, end: (id + 1) * blockBytes })})`

/** Writes, and tells why that was refused; undefined where it was not. */
async function refusalOf(tree: HostTree, step: ChmemStep): Promise<string | undefined> {
  if (step.skipped === 'zone') return 'Zone mismatch'
  try {
    await tree.write(blockFile(step.block.id, 'state'), step.write ?? '')
    return undefined
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return ERRNO_MESSAGES[error.errno]
  }
}

/** Until the size is reached: what refuses is passed over, and only told to who wants all. */
async function changeSize(
  tree: HostTree,
  steps: readonly ChmemStep[],
  options: ChangeOptions & { readonly sizeBytes: number },
): Promise<ChmemResult> {
  const { enable, blockBytes, verbose, print, warn, signal, sizeBytes } = options
  const [verb, done] = enable ? ['enable', 'enabled'] : ['disable', 'disabled']
  let doneBytes = 0
  for (const step of steps) {
    if (doneBytes >= sizeBytes || signal.aborted) break
    const refusal = await refusalOf(tree, step)
    if (refusal === undefined) doneBytes += blockBytes
    const zone = refusal === 'Zone mismatch' ? `: ${refusal}` : ''
    if (verbose)
      print(`${nameOf(step, blockBytes)} ${refusal === undefined ? done : `${verb} failed${zone}`}`)
  }
  if (doneBytes >= sizeBytes) return { doneBytes, exitCode: 0 }
  warn(`Could only ${verb} ${formatSize(doneBytes)} of memory`)
  return { doneBytes, exitCode: doneBytes > 0 ? PARTIAL : 1 }
}

/** All that are named, one after the other; one that refuses is told. */
async function changeRange(
  tree: HostTree,
  steps: readonly ChmemStep[],
  options: ChangeOptions,
): Promise<ChmemResult> {
  const { enable, blockBytes, verbose, print, warn, signal } = options
  const [verb, done] = enable ? ['enable', 'enabled'] : ['disable', 'disabled']
  let [doneBytes, good, failed] = [0, 0, 0]
  for (const step of steps) {
    if (signal.aborted) break
    const name = nameOf(step, blockBytes)
    if (step.skipped === 'already') {
      if (verbose) print(`${name} already ${done}`)
      good += 1
      continue
    }
    const refusal = await refusalOf(tree, step)
    if (refusal !== undefined) {
      warn(`${name} ${verb} failed: ${refusal}`)
      failed += 1
      continue
    }
    doneBytes += blockBytes
    good += 1
    if (verbose) print(`${name} ${done}`)
  }
  const exitCode = good === 0 ? 1 : failed > 0 ? PARTIAL : 0
  return { doneBytes, exitCode }
}

/** Brings blocks online or takes them offline, with chmem's messages and exit codes. Source: what chmem of util-linux 2.38.1 does */
export const changeBlocks = async (
  tree: HostTree,
  steps: readonly ChmemStep[],
  options: ChangeOptions,
): Promise<ChmemResult> =>
  options.request.kind === 'size'
    ? changeSize(tree, steps, { ...options, sizeBytes: options.request.sizeBytes })
    : changeRange(tree, steps, options)
