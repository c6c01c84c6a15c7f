import {
  DEVICE_TREE,
  DYNAMIC_MEMORY,
  isAssignedLmb,
  isDynamicLmb,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  type LmbRun,
  lmbsOfRun,
  parseConnectorNames,
  parseLmbSize,
  parseLmbTable,
} from '@memhp/kernel-files'
import type { Source } from '../source'
import type { BlockInfo, DeviceInfo } from '../topology'
import { type FirmwareInterface, memoryOf } from './firmware-interface'

const DLPAR = '/sys/kernel/dlpar'
const NAME = /^lmb@([0-9a-f]{1,8})$/

/** Name of the LMB of a DRC index: `lmb@80000004`. */
export const lmbName = (drcIndex: number): string => `lmb@${drcIndex.toString(16)}`

/** DRC index of a name that `lmbName` made; undefined for other names. */
export function drcIndexOf(name: string | null): number | undefined {
  const digits = NAME.exec(name ?? '')?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 16)
}

interface LmbTable {
  readonly lmbBytes: number
  readonly runs: readonly LmbRun[]
}

async function readTable(source: Source): Promise<LmbTable | undefined> {
  const meaning = 'The logical memory blocks of the partition are unknown.'
  const sizePath = `${DYNAMIC_MEMORY}/${LMB_SIZE_FILE}`
  const size = await source.optionalText(sizePath, meaning)
  if (size === undefined) return undefined
  const lmbBytes = source.parsed({ path: sizePath, meaning }, () => parseLmbSize(size))
  if (lmbBytes === undefined) return undefined
  for (const file of LMB_TABLE_FILES) {
    const path = `${DYNAMIC_MEMORY}/${file}`
    const text = await source.optionalText(path, meaning)
    if (text === undefined) continue
    const runs = source.parsed({ path, meaning }, () => parseLmbTable(file, { text, lmbBytes }))
    return runs === undefined ? undefined : { lmbBytes, runs }
  }
  source.note('absent', { path: DYNAMIC_MEMORY, message: meaning })
  return undefined
}

/** Names that firmware gives to connectors. Some firmware has other properties for them: then none are known. */
async function readNames(source: Source): Promise<ReadonlyMap<number, string>> {
  const meaning = 'The names of connectors are unknown.'
  const path = `${DEVICE_TREE}/ibm,drc-names`
  const names = await source.optionalText(path, meaning)
  const indexes = await source.optionalText(`${DEVICE_TREE}/ibm,drc-indexes`, meaning)
  if (names === undefined || indexes === undefined) return new Map()
  return (
    source.parsed({ path, meaning }, () => parseConnectorNames({ indexes, names })) ?? new Map()
  )
}

/** Blocks that an LMB covers; more than one where blocks are smaller. */
function blocksWithin(
  byId: ReadonlyMap<number, BlockInfo>,
  range: { readonly start: number; readonly end: number; readonly blockBytes: number },
): readonly BlockInfo[] {
  const { start, end, blockBytes } = range
  const found: BlockInfo[] = []
  for (let id = Math.floor(start / blockBytes); id * blockBytes < end; id++) {
    const block = byId.get(id)
    if (block !== undefined) found.push(block)
  }
  return found
}

/** `memory remove index 0x80000004`, or `memory remove indexed-count 4 0x80000004`. */
function request(action: 'add' | 'remove', devices: readonly DeviceInfo[]): string {
  const first = `0x${(devices[0]?.drcIndex ?? 0).toString(16)}`
  const what = devices.length === 1 ? `index ${first}` : `indexed-count ${devices.length} ${first}`
  return `memory ${action} ${what}`
}

/** Devices next to each other: never none. */
export type DeviceRun = readonly [DeviceInfo, ...DeviceInfo[]]

/**
 * Devices whose DRC indices follow each other, as runs; every other device is a run of its own.
 * @param trait what the devices of a run must share too
 */
export function deviceRuns(
  devices: readonly DeviceInfo[],
  trait: (device: DeviceInfo) => string = () => '',
): readonly DeviceRun[] {
  const runs: [DeviceInfo, ...DeviceInfo[]][] = []
  for (const device of devices) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const follows =
      last !== undefined &&
      last.drcIndex !== null &&
      device.drcIndex === last.drcIndex + 1 &&
      trait(last) === trait(device)
    if (run !== undefined && follows) run.push(device)
    else runs.push([device])
  }
  return runs
}

/**
 * Logical memory blocks (LMBs) of a POWER partition, unassigned ones included, in the order of the device tree. The
 * kernel takes them through one file, neighbours by a count: then it lets all of them go or none.
 * Source: spec 6.2; arch/powerpc/platforms/pseries/dlpar.c 6.1
 */
export const PSERIES: FirmwareInterface = {
  driver: 'pseries',
  async read(source, blocks) {
    const table = await readTable(source)
    const [first] = blocks
    if (table === undefined || first === undefined) return []
    const names = await readNames(source)
    const ejectable = await source.exists(DLPAR)
    const byId = new Map<number, BlockInfo>(blocks.map((block) => [block.id, block]))
    const { runs, lmbBytes } = table
    const blockBytes = first.end - first.start
    return runs
      .filter(isDynamicLmb)
      .flatMap((run) => lmbsOfRun(run, lmbBytes))
      .map((lmb): DeviceInfo => {
        const range = { start: lmb.base, end: lmb.base + lmbBytes, blockBytes }
        return {
          name: lmbName(lmb.drcIndex),
          driver: 'pseries',
          path: names.get(lmb.drcIndex) ?? null,
          status: null,
          present: isAssignedLmb(lmb),
          ejectable,
          drcIndex: lmb.drcIndex,
          ...memoryOf(isAssignedLmb(lmb) ? blocksWithin(byId, range) : []),
        }
      })
  },
  removals: (devices) =>
    deviceRuns(devices).map((run) => ({
      devices: run,
      verb: 'remove',
      path: DLPAR,
      text: request('remove', run),
      undo: { path: DLPAR, text: request('add', run) },
    })),
  directoryOf: () => DYNAMIC_MEMORY,
}
