import type { DialectBlock, DialectSource, FirmwareDevice, FirmwareFiles } from '@memhp/core/plugin'
import { DEVICE_TREE } from '@memhp/kernel-files'
import { parseConnectorNames } from './connectors'
import {
  DYNAMIC_MEMORY,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  parseLmbSize,
  parseLmbTable,
} from './dynamic-memory'
import { isAssignedLmb, isDynamicLmb, type LmbRun, lmbsOfRun } from './lmb'
import { drcIndexOf, drcIndicesCalled, lmbName, lmbRunName } from './lmb-name'

/** The file by which the kernel takes requests of dynamic logical partitioning. */
export const DLPAR = '/sys/kernel/dlpar'

interface LmbTable {
  readonly lmbBytes: number
  readonly runs: readonly LmbRun[]
}

async function readTable(source: DialectSource): Promise<LmbTable | undefined> {
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
async function readNames(source: DialectSource): Promise<ReadonlyMap<number, string>> {
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
  byId: ReadonlyMap<number, DialectBlock>,
  range: { readonly start: number; readonly end: number; readonly blockBytes: number },
): readonly DialectBlock[] {
  const { start, end, blockBytes } = range
  const found: DialectBlock[] = []
  for (let id = Math.floor(start / blockBytes); id * blockBytes < end; id++) {
    const block = byId.get(id)
    if (block !== undefined) found.push(block)
  }
  return found
}

/** `memory remove index 0x80000004`, or `memory remove indexed-count 4 0x80000004`. */
function request(action: 'add' | 'remove', devices: readonly FirmwareDevice[]): string {
  const first = `0x${(devices[0]?.drcIndex ?? 0).toString(16)}`
  const what = devices.length === 1 ? `index ${first}` : `indexed-count ${devices.length} ${first}`
  return `memory ${action} ${what}`
}

/** Devices whose DRC indices follow each other, as runs. */
function neighbours<Device extends FirmwareDevice>(devices: readonly Device[]): Device[][] {
  const runs: Device[][] = []
  for (const device of devices) {
    const run = runs.at(-1)
    const before = run?.at(-1)?.drcIndex ?? null
    if (run !== undefined && before !== null && device.drcIndex === before + 1) run.push(device)
    else runs.push([device])
  }
  return runs
}

/**
 * Logical memory blocks (LMBs) of a POWER partition, unassigned ones included, in the order of the device tree. The
 * kernel takes them through one file, neighbours by a count: then it lets all of them go or none.
 * Source: spec 6.2; arch/powerpc/platforms/pseries/dlpar.c 6.1
 */
export const PSERIES_FILES: FirmwareFiles = {
  async read(source, blocks) {
    const table = await readTable(source)
    const [first] = blocks
    if (table === undefined || first === undefined) return []
    const names = await readNames(source)
    const ejectable = await source.exists(DLPAR)
    const byId = new Map<number, DialectBlock>(blocks.map((block) => [block.id, block]))
    const { runs, lmbBytes } = table
    const blockBytes = first.end - first.start
    return runs
      .filter(isDynamicLmb)
      .flatMap((run) => lmbsOfRun(run, lmbBytes))
      .map((lmb): FirmwareDevice => {
        const range = { start: lmb.base, end: lmb.base + lmbBytes, blockBytes }
        return {
          name: lmbName(lmb.drcIndex),
          driver: 'pseries',
          path: names.get(lmb.drcIndex) ?? null,
          status: null,
          present: isAssignedLmb(lmb),
          ejectable,
          drcIndex: lmb.drcIndex,
          blocks: isAssignedLmb(lmb) ? blocksWithin(byId, range).map(({ id }) => id) : [],
        }
      })
  },
  removals: (devices) =>
    neighbours(devices).map((run) => ({
      devices: run,
      verb: 'remove',
      path: DLPAR,
      text: request('remove', run),
      undo: { path: DLPAR, text: request('add', run) },
    })),
  removalOf(word) {
    const index = drcIndexOf(word.toLowerCase()) ?? drcIndicesCalled(word)?.first
    if (index === undefined) return undefined
    return { path: DLPAR, text: `memory remove index 0x${index.toString(16)}` }
  },
  directoryOf: () => DYNAMIC_MEMORY,
  // Source: dlpar_add_lmb, arch/powerpc/platforms/pseries/hotplug-memory.c 6.1; spec 6.2.4.
  onlinesByItself:
    'LMBs that are added again go online by themselves, whatever auto_online_blocks says, and in the default zone. ' +
    'To keep them removable, take them offline then and write “online_movable”.',
  isName: (word) => drcIndexOf(word.toLowerCase()) !== undefined,
  indexOf: drcIndexOf,
  nameOfRun: lmbRunName,
  indicesCalled: drcIndicesCalled,
}
