import { type FileTree, HotplugError, isHotplugError } from '@memhp/core'
import type { FirmwareDialect, ReadingAssumption, WantedFiles } from '@memhp/core/plugin'
import { BLOCK_SIZE_FILE, isMaskedIomem } from '@memhp/kernel-files'
import { DIALECTS } from '@memhp/platforms/dialects'
import { type FirmwareChecks, firmwareChecks, textFault } from '../check'
import { damaged, jsonPointer } from '../fault'
import {
  CAPTURE_FORMAT,
  CAPTURE_VERSION,
  type Capture,
  DEFAULT_FILE_MODE,
  type PageSummary,
} from '../format'
import { checkCapture } from '../parse'
import { pathsOf } from '../paths-of'
import { orderParts } from '../serialise'
import { assumptionsOf } from './assumption'
import { Collector, type StopSignal } from './collector'
import { cpuFacts } from './cpu'
import { type PageFlagsSource, summarisePages } from './summarise-pages'
import { wantedFiles } from './wanted'

/** How far a capture has come. */
export interface CaptureProgress {
  readonly stage: 'files' | 'pages'
  /** Path patterns, or memory blocks. */
  readonly done: number
  readonly total: number
}

export interface CollectOptions {
  /** Name and version of what takes the capture. */
  readonly tool: string
  /** What `uname -m` prints, for trees without /proc/sys/kernel/arch (Linux 6.1 and later have it). */
  readonly arch?: string
  /** UTC, as in `2026-11-22T21:47:00Z`. */
  readonly takenAt?: string
  /** Whether the host's name is kept; default `leave out`. */
  readonly hostname?: 'keep' | 'leave out'
  readonly notes?: string
  /** Where page flags come from; without it the capture says nothing about single blocks' pages. */
  readonly pageFlags?: PageFlagsSource
  readonly onProgress?: (progress: CaptureProgress) => void
  readonly signal?: StopSignal
  /** Of the firmware that the host may have; default: of all that @memhp/platforms lists. */
  readonly dialects?: readonly FirmwareDialect[]
}

const KERNEL = '/proc/sys/kernel'
const PAGE_FLAGS = '/proc/kpageflags'

async function collectFiles(
  collector: Collector,
  { paths }: WantedFiles,
  options: CollectOptions,
): Promise<void> {
  const total = paths.length
  for (const [done, pattern] of paths.entries()) {
    options.onProgress?.({ stage: 'files', done, total })
    await collector.collect(pattern)
  }
  collector.finish()
  options.onProgress?.({ stage: 'files', done: total, total })
}

/** Tells, as an errno, what no twin could use: addresses that the kernel hid, texts in an unknown form. */
function errnoOfText(path: string, text: string, checks: FirmwareChecks): string | undefined {
  const fault = textFault(path, text, checks)
  if (fault === undefined) return undefined
  if (path === BLOCK_SIZE_FILE)
    throw damaged({ pointer: jsonPointer('files', path) }, fault.message)
  return path === '/proc/iomem' && isMaskedIomem(text) ? 'EPERM' : 'EINVAL'
}

function noteAbsence(collector: Collector, assumptions: readonly ReadingAssumption[]): void {
  const noted = new Set(collector.unreadable.map(({ path }) => path))
  for (const { path, noteAbsence: note } of assumptions) {
    const isThere = Object.hasOwn(collector.files, path) || noted.has(path) || path === PAGE_FLAGS
    if (note === 'note' && !isThere) collector.note(path, 'ENOENT')
  }
}

async function emptyDirectories(
  collector: Collector,
  { directories }: WantedFiles,
): Promise<string[]> {
  const kept = [...pathsOf(collector.files), ...pathsOf(collector.links)]
  const holdsSomething = (path: string): boolean =>
    kept.some((other) => other.startsWith(`${path}/`))
  const found: string[] = []
  for (const path of directories) {
    const entry = await collector.entry(path)
    if (entry?.kind === 'directory' && !holdsSomething(path)) found.push(path)
  }
  return found
}

async function collectPages(
  collector: Collector,
  options: CollectOptions,
): Promise<PageSummary | undefined> {
  const { pageFlags, onProgress, signal } = options
  if (pageFlags === undefined) return undefined
  try {
    return await summarisePages(collector.files, pageFlags, (done, total) => {
      signal?.throwIfAborted()
      onProgress?.({ stage: 'pages', done, total })
    })
  } catch (error) {
    if (!isHotplugError(error)) throw error
    collector.note(PAGE_FLAGS, error.errno)
    return undefined
  }
}

async function identity(collector: Collector, options: CollectOptions) {
  const trimmed = async (path: string): Promise<string | undefined> =>
    (await collector.text(path))?.trim() || undefined
  const arch = (await trimmed(`${KERNEL}/arch`)) ?? options.arch
  if (arch === undefined) {
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'the tree does not say its architecture', {
      detail: { option: 'arch' },
    })
  }
  const version = /^Linux version (\S+)/.exec(collector.files['/proc/version'] ?? '')?.[1]
  const hostname = options.hostname === 'keep' ? await trimmed(`${KERNEL}/hostname`) : undefined
  const cpu = cpuFacts((await collector.text('/proc/cpuinfo')) ?? '')
  return {
    arch,
    kernelRelease: (await trimmed(`${KERNEL}/osrelease`)) ?? version ?? 'unknown',
    ...(hostname === undefined ? {} : { hostname }),
    ...(cpu === undefined ? {} : { cpu }),
  }
}

/**
 * Takes a capture of any tree: a live host, a sysroot folder, a guest, a machine in this process.
 * What is returned can be written and read again.
 * @throws HotplugError BAD_ARGUMENT (the architecture is unknown), NO_SUCH_FILE (no memory hot-plug there), BAD_CAPTURE (no
 * usable block size, a block above 2^53 bytes), and whatever `options.signal` throws
 */
export async function collectCapture(tree: FileTree, options: CollectOptions): Promise<Capture> {
  await tree.read(BLOCK_SIZE_FILE)
  const { dialects = DIALECTS, signal } = options
  const wanted = wantedFiles(dialects)
  const assumptions = assumptionsOf(dialects)
  const checks = firmwareChecks(dialects)
  const errnoOf = (path: string, text: string): string | undefined =>
    errnoOfText(path, text, checks)
  const collector = new Collector(tree, { assumptions, errnoOf, signal })
  await collectFiles(collector, wanted, options)
  noteAbsence(collector, assumptions)
  const pages = await collectPages(collector, options)
  const directories = await emptyDirectories(collector, wanted)
  const { takenAt, notes } = options
  const { most, others } = collector.modes()
  const capture = orderParts({
    format: CAPTURE_FORMAT,
    version: CAPTURE_VERSION,
    ...(takenAt === undefined ? {} : { takenAt }),
    tool: options.tool,
    ...(await identity(collector, options)),
    ...(notes === undefined ? {} : { notes }),
    files: collector.files,
    links: collector.links,
    directories,
    ...(most === DEFAULT_FILE_MODE ? {} : { fileMode: most }),
    modes: others,
    unreadable: collector.unreadable,
    redacted: [],
    ...(pages === undefined ? {} : { pages }),
  })
  // Texts that are not what they must be were not kept.
  return checkCapture(capture, { texts: 'checked' })
}
