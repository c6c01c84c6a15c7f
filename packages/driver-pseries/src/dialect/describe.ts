import type { BootBlockFacts, RamDescription } from '@memhp/core'
import type { CapturedHost, PlatformFacts } from '@memhp/core/plugin'
import {
  DYNAMIC_MEMORY,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  type LmbTableFile,
  parseLmbSize,
  parseLmbTable,
} from './dynamic-memory'
import { isAssignedLmb, isDynamicLmb, type LmbRun, lmbsOfRun } from './lmb'

/** The logical memory blocks of a POWER partition, as its device tree lists them. */
interface LmbFacts {
  readonly lmbBytes: number
  /** The property that lists them. */
  readonly file: LmbTableFile
  readonly runs: readonly LmbRun[]
}

function readLmbs({ capture: { files } }: CapturedHost): LmbFacts | undefined {
  const size = files[`${DYNAMIC_MEMORY}/${LMB_SIZE_FILE}`]
  const file = LMB_TABLE_FILES.find((name) => `${DYNAMIC_MEMORY}/${name}` in files)
  if (size === undefined || file === undefined) return undefined
  const lmbBytes = parseLmbSize(size)
  const text = files[`${DYNAMIC_MEMORY}/${file}`] ?? ''
  return { lmbBytes, file, runs: parseLmbTable(file, { text, lmbBytes }) }
}

/** Whether the device tree keeps all of a range apart from what may come and go: boot memory of a guest. */
export function isBootMemory(
  host: CapturedHost,
  { start, end }: { readonly start: number; readonly end: number },
): boolean {
  const lmbs = readLmbs(host)
  if (lmbs === undefined) return false
  return lmbs.runs.some(
    (run) => !isDynamicLmb(run) && run.base <= start && end < run.base + run.count * lmbs.lmbBytes,
  )
}

/**
 * What the run-time services of firmware (RTAS) have, by the address below which boot puts it as high as it can: the services, and the
 * buffer through which programs call them. Each is of 64 KiB.
 * Source: alloc_down, arch/powerpc/kernel/prom_init.c, and rtas_initialize, arch/powerpc/kernel/rtas.c 6.1; guests of 6.1 and 7.2.
 */
const RTAS = [
  [0x3000_0000, 'RTAS'],
  [0x4000_0000, 'the buffer of RTAS'],
] as const
const RTAS_BYTES = 0x1_0000

/** What is kept for the services. Where the first memory ends below, or there, boot keeps pages at its top anyway. */
export const keptMemory = (
  { capture, blockBytes }: CapturedHost,
  [first]: readonly RamDescription[],
): readonly { readonly start: number; readonly end: number; readonly name: string }[] =>
  capture.arch.startsWith('ppc64') && first?.start === 0
    ? RTAS.filter(([end]) => end + blockBytes <= first.end).map(([end, name]) => ({
        start: end - RTAS_BYTES,
        end,
        name,
      }))
    : []

/** LMBs that one DIMM of a hypervisor may hold, as far as the memory blocks tell. Bytes. */
export interface PseriesDimmFacts {
  /** Made up: `dimm0`, `dimm1`, … by address. The host does not know the hypervisor's name. */
  readonly id: string
  readonly address: number
  sizeBytes: number
  readonly node: number
  /** Its blocks exist already. */
  readonly bound: true
}

/** `drivers.pseries` of a described machine. Plain data, a part of what the pseries driver takes. */
export interface PseriesConfigFacts {
  /** Bytes of a logical memory block. */
  readonly lmbBytes: number
  /** The device tree's LMBs; absent where no file tells. */
  readonly lmbs?: readonly LmbRun[]
  /** The property that lists them. */
  readonly lmbFile?: LmbTableFile
  readonly devices: readonly PseriesDimmFacts[]
  readonly slots?: number
}

/** An LMB that the partition has. */
interface HeldLmb {
  readonly address: number
  readonly node: number
}

/** Assigned LMBs by the device tree; without one, the blocks that were hot-added. Ascending. */
function heldLmbs(
  { blockBytes }: CapturedHost,
  {
    lmbs,
    blocks,
  }: { readonly lmbs: LmbFacts | undefined; readonly blocks: readonly BootBlockFacts[] },
): HeldLmb[] {
  const byId = new Map(blocks.map((block) => [block.id, block]))
  if (lmbs === undefined) {
    return [...blocks]
      .sort((a, b) => a.id - b.id)
      .filter(({ early }) => !early)
      .map(({ id, nodes }) => ({ address: id * blockBytes, node: nodes[0] ?? 0 }))
  }
  return lmbs.runs
    .filter(isAssignedLmb)
    .flatMap((run) => lmbsOfRun(run, lmbs.lmbBytes))
    .flatMap(({ base }) => {
      const block = byId.get(Math.floor(base / blockBytes))
      return block === undefined ? [] : { address: base, node: block.nodes[0] ?? 0 }
    })
}

/**
 * The LMBs of a POWER partition, neighbours of one node taken for one DIMM.
 * @returns undefined for other architectures
 */
export function describePseries(
  host: CapturedHost,
  known: { readonly blocks: readonly BootBlockFacts[]; readonly platform: PlatformFacts },
): PseriesConfigFacts | undefined {
  if (!host.capture.arch.startsWith('ppc64')) return undefined
  const lmbs = readLmbs(host)
  const { slots } = known.platform
  const { lmbBytes, file, runs } = lmbs ?? { lmbBytes: host.blockBytes }
  const devices: PseriesDimmFacts[] = []
  for (const { address, node } of heldLmbs(host, { lmbs, blocks: known.blocks })) {
    const last = devices.at(-1)
    if (last !== undefined && last.address + last.sizeBytes === address && last.node === node) {
      last.sizeBytes += lmbBytes
    } else {
      devices.push({ id: `dimm${devices.length}`, address, sizeBytes: lmbBytes, node, bound: true })
    }
  }
  if (devices.length > 0) {
    host.assume('Neighbouring LMBs of a node are taken for one DIMM: no file tells.')
  }
  const table = runs === undefined || file === undefined ? {} : { lmbs: runs, lmbFile: file }
  return { lmbBytes, ...table, devices, ...(slots === undefined ? {} : { slots }) }
}
