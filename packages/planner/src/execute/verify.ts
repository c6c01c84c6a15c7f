import type { FileTree } from '@memhp/core'
import {
  blockDirectory,
  blockFile,
  firmwareMapEntry,
  isSystemRam,
  nodeDirectory,
} from '@memhp/kernel-files'
import {
  type Dialects,
  directoryOfDevice,
  readTopology,
  resourcesIn,
  type Topology,
} from '@memhp/topology'
import type { Plan } from '../plan/plan'
import { readWord } from './block-files'
import type { Inconsistency } from './inconsistency'
import type { ExecuteOptions } from './options'

type Check = (plan: Plan, topology: Topology, dialects?: Dialects) => readonly Inconsistency[]

const checkBlocks: Check = ({ expected }, { blocks }) => {
  const states = new Map(blocks.map(({ id, state }) => [id, state]))
  const offline = expected.offlineBlocks
    .filter((id) => states.get(id) !== 'offline')
    .map((id): Inconsistency => {
      const message = `memory${id} is ${states.get(id) ?? 'gone'}, not offline.`
      return { kind: 'block-not-offline', path: blockFile(id, 'state'), message }
    })
  const gone = expected.goneBlocks
    .filter((id) => states.has(id))
    .map((id): Inconsistency => {
      const path = blockDirectory(id)
      return { kind: 'block-still-there', path, message: `memory${id} is still there.` }
    })
  return [...offline, ...gone]
}

const checkIomem: Check = ({ expected }, { iomem }) =>
  expected.goneRanges.flatMap((range) =>
    resourcesIn(iomem ?? [], range)
      .filter(({ resource }) => isSystemRam(resource.name))
      .map(({ resource }): Inconsistency => {
        const where = `${resource.start.toString(16)}-${(resource.end - 1).toString(16)}`
        const message = `/proc/iomem still lists ${where} : ${resource.name}.`
        return { kind: 'iomem-still-listed', path: '/proc/iomem', message }
      }),
  )

/** Only an entry for exactly the range has to go: the kernel takes no parts out of one. */
const checkFirmwareMap: Check = ({ expected }, { firmwareMap }) =>
  (firmwareMap ?? [])
    .filter(({ start, end }) =>
      expected.goneRanges.some((range) => range.start === start && range.end === end),
    )
    .map(({ index }): Inconsistency => {
      const path = firmwareMapEntry(index)
      return { kind: 'firmware-map-still-listed', path, message: `${path} is still there.` }
    })

const checkDevices: Check = (plan, { devices }, dialects) =>
  devices
    .filter(({ name, blocks }) => plan.devices.includes(name) && blocks.length > 0)
    .map((device): Inconsistency => {
      const { name, blocks } = device
      const message = `${name} is still bound to ${blocks.length} memory blocks.`
      return {
        kind: 'device-still-bound',
        path: directoryOfDevice(device, dialects) ?? name,
        message,
      }
    })

const checkNodes: Check = ({ expected }, { nodes }) =>
  nodes
    .filter(({ id, online }) => online && expected.goneNodes.includes(id))
    .map(({ id }): Inconsistency => {
      const path = nodeDirectory(id)
      return { kind: 'node-still-there', path, message: `node${id} is still there.` }
    })

const CHECKS: readonly Check[] = [
  checkBlocks,
  checkIomem,
  checkFirmwareMap,
  checkDevices,
  checkNodes,
]

/**
 * Compares a tree with what a plan promises, once it has been carried out. A tree that has nothing on a point
 * (no `/proc/iomem`, say) is not held against it.
 * @returns what contradicts; empty where all agrees
 */
export async function verifyPlan(
  tree: FileTree,
  plan: Plan,
  { dialects }: Pick<ExecuteOptions, 'dialects'> = {},
): Promise<readonly Inconsistency[]> {
  const topology = await readTopology(tree, { dialects })
  return CHECKS.flatMap((check) => check(plan, topology, dialects))
}

/** Blocks of a list that are still there. */
export async function blocksStillThere(
  tree: FileTree,
  blocks: readonly number[],
): Promise<readonly number[]> {
  const there: number[] = []
  for (const block of blocks) {
    const entry = await tree.lookup(blockDirectory(block))
    if (entry !== undefined) there.push(block)
  }
  return there
}

/** Blocks of a list that are there and not offline: they were brought back. */
export async function blocksComeBack(
  tree: FileTree,
  blocks: readonly number[],
): Promise<readonly Inconsistency[]> {
  const back: Inconsistency[] = []
  for (const block of blocks) {
    const path = blockFile(block, 'state')
    const state = await readWord(tree, path)
    if (state === undefined || state === 'offline') continue
    const message = `memory${block} was offline and is ${state} again: it was brought back meanwhile.`
    back.push({ kind: 'block-came-back', path, message })
  }
  return back
}
