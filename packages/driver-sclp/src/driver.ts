import {
  addMemory,
  alignDown,
  alignUp,
  blockId,
  invariant,
  type Machine,
  MIB,
  nodeId,
  physAddr,
  type Range,
  rangeIntersection,
  rangeSize,
  refusalOf,
  registerMemoryNotifier,
} from '@memhp/core'
import { blockIds, findBlock } from '@memhp/core/inspect'
import {
  type DriverDefinition,
  dispatchWork,
  emptyIntervalSet,
  type FirmwareDriver,
  insertInterval,
  logLine,
} from '@memhp/core/plugin'
import { STORAGE_DIRECTORY } from '@memhp/kernel-files'
import { parseConfig, type SclpConfig, type SclpLayout } from './config'
import { prepareConfigured, storageDirectory } from './configure'
import { SCLP_READING } from './dialect/reading'
import { isStandby, logPrefix } from './increments'
import { storageNotifier } from './notifier'
import { DRIVER, newState, SCLP, sclpState } from './state'

/**
 * Standby memory of s390: its blocks exist from boot, offline, and get their storage from the hypervisor as they come
 * online; or, since Linux 6.19, they come and go as files are written. No device is plugged. Its part of a machine
 * description is an `SclpConfig`.
 * Source: drivers/s390/char/sclp_cmd.c 6.1, sclp_mem.c 7.2; spec 6.3
 */
export const sclpDriver: DriverDefinition<SclpLayout, SclpConfig, 'sclp'> = {
  name: DRIVER,
  contract: 1,
  summary: 'Standby memory of s390: storage increments that are assigned as blocks come online.',
  parseConfig,
  slot: SCLP,
  initialState: newState,
  create: createDriver,
  reading: SCLP_READING,
}

const isConfiguredByFile = ({ generation }: Machine): boolean =>
  generation.rules.standby.blocks === 'configured'

function createDriver(layout: SclpLayout): FirmwareDriver {
  const { incrementBytes, standby, storageEnd } = layout
  return {
    name: DRIVER,
    platform: null,
    boot(machine) {
      for (const range of standby) announceStandby(machine, range)
      if (isConfiguredByFile(machine)) {
        prepareConfigured(machine, layout)
        return
      }
      const notifier = storageNotifier(machine, incrementBytes)
      registerMemoryNotifier(machine.memoryChain, { name: DRIVER, priority: 0, notifier })
      for (const range of standby) addStandby(machine, range)
    },
    directories: (machine) =>
      storageEnd > 0 && isConfiguredByFile(machine)
        ? { [STORAGE_DIRECTORY]: storageDirectory(machine, layout) }
        : {},
    devices: () => [],
    work: dispatchWork(),
    physDevice: (machine, id) => Math.floor((id * machine.geometry.blockBytes) / incrementBytes),
    refuseStorage(machine, ranges) {
      const refused = emptyIntervalSet()
      for (const range of ranges) insertInterval(refused, range)
      sclpState(machine).refused.ranges.splice(0, Infinity, ...refused.ranges)
    },
    check: checkStorage,
  }
}

/** What the kernel can use of a run of standby memory: what it can map, in whole blocks. */
function usableStandby(machine: Machine, range: Range): Range {
  const { blockBytes } = machine.geometry
  const reach = rangeIntersection(range, machine.arch.mappable) ?? { start: 0, end: 0 }
  const start = alignUp(reach.start, blockBytes)
  return { start, end: Math.max(start, alignDown(reach.end, blockBytes)) }
}

function announceStandby(machine: Machine, range: Range): void {
  const usable = usableStandby(machine, range)
  const [size, of] = [rangeSize(range) / MIB, rangeSize(usable) / MIB]
  const place = `0x${usable.start.toString(16)} (${size}M of ${of}M usable)`
  logLine(machine, 'info', `${logPrefix(machine)}: Standby memory at ${place}`)
}

/** Adds a run of standby memory as the kernel does: one block after the other, on node 0. */
function addStandby(machine: Machine, range: Range): void {
  const { blockBytes } = machine.geometry
  const { start, end } = usableStandby(machine, range)
  for (let at = start; at < end; at += blockBytes) {
    if (findBlock(machine, blockId(at / blockBytes)) !== undefined) continue
    // The kernel does not look at what an add answers.
    refusalOf(() =>
      addMemory(machine, {
        range: { start: physAddr(at), end: physAddr(at + blockBytes) },
        nodeId: nodeId(0),
      }),
    )
  }
}

/** No block is online without its storage. */
function checkStorage(machine: Machine): void {
  const { blockBytes } = machine.geometry
  for (const id of blockIds(machine)) {
    if (findBlock(machine, id)?.state !== 'online') continue
    const range = { start: id * blockBytes, end: (id + 1) * blockBytes }
    invariant(!isStandby(machine, range), `memory${id} is online, and its storage is standby.`)
  }
}
