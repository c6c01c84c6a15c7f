import {
  invariant,
  isHotplugError,
  type Machine,
  type MemoryDevice,
  nodeId,
  physAddr,
  refusalOf,
} from '@memhp/core'
import {
  type Dimm,
  type DriverDefinition,
  directoryOf,
  dispatchWork,
  type FirmwareDriver,
  linkTo,
  readOnly,
  readWrite,
  type TreeNode,
} from '@memhp/core/plugin'
import { DEVICE_TREE } from '@memhp/kernel-files'
import {
  type PseriesConfig,
  type PseriesDeviceConfig,
  type PseriesLayout,
  parseConfig,
} from './config'
import {
  DYNAMIC_MEMORY,
  formatLmbSize,
  formatLmbTable,
  LMB_SIZE_FILE,
  type LmbTableFile,
} from './dialect/dynamic-memory'
import { NO_ASSOCIATIVITY } from './dialect/lmb'
import { PSERIES_READING } from './dialect/reading'
import { writeDlpar } from './dlpar-file'
import { addLmb } from './lmb'
import { currentTable, drcIndicesOf, keepLmb, lmbOf, setNode } from './lmb-table'
import {
  connectDimm,
  HOTPLUG_EVENT,
  type HotplugEvent,
  placeWindow,
  pseriesPlatform,
} from './platform'
import { performRequest } from './request'
import { DRIVER, type Lmb, newState, PSERIES, type PseriesState, pseriesState } from './state'

/**
 * Memory of POWER partitions: logical memory blocks that come and go by DLPAR, with QEMU's pseries machine as the
 * platform. Its part of a machine description is a `PseriesConfig`.
 * Source: PAPR, dynamic reconfiguration; arch/powerpc/platforms/pseries 6.1; QEMU hw/ppc 7.2.
 */
export const pseriesDriver: DriverDefinition<PseriesLayout, PseriesConfig, 'pseries'> = {
  name: DRIVER,
  contract: 1,
  summary: 'Logical memory blocks of POWER partitions (DLPAR), as a QEMU pseries guest has them.',
  parseConfig,
  slot: PSERIES,
  initialState: newState,
  create: createDriver,
  reading: PSERIES_READING,
}

function createDriver(layout: PseriesLayout): FirmwareDriver {
  return {
    name: DRIVER,
    boot(machine) {
      placeWindow(machine, layout)
      layout.devices.forEach((device, i) => {
        bootDevice(machine, device, i)
      })
    },
    platform: pseriesPlatform(layout.slots),
    devices,
    work: dispatchWork(HOTPLUG_EVENT.handledBy(runEvent)),
    directories: (machine) => ({
      '/sys/kernel/dlpar': dlparFile(machine),
      [DYNAMIC_MEMORY]: deviceTree(machine, layout.lmbFile ?? 'ibm,dynamic-memory-v2'),
      '/proc/device-tree': linkTo(DEVICE_TREE),
    }),
    check: checkLmbs,
  }
}

const dlparFile = (machine: Machine): TreeNode =>
  readWrite(
    () => 'memory,cpu\n',
    (text) => writeDlpar(machine, text),
  )

const deviceTree = (machine: Machine, file: LmbTableFile): TreeNode =>
  directoryOf({
    [LMB_SIZE_FILE]: readOnly(() => formatLmbSize(pseriesState(machine).lmbBytes)),
    [file]: readOnly(() => {
      const state = pseriesState(machine)
      return formatLmbTable(file, { runs: currentTable(state), lmbBytes: state.lmbBytes })
    }),
  })

/** Memory that was there before: taken as found, or added as the kernel's boot adds assigned LMBs. */
function bootDevice(machine: Machine, device: PseriesDeviceConfig, index: number): void {
  const { id, address, sizeBytes, node, slot = index, bound } = device
  const state = pseriesState(machine)
  const dimm: Dimm = { id, slot, address, sizeBytes, node, unplugPending: false }
  state.dimms.push(dimm)
  connectDimm(machine, dimm, 'configured')
  for (const drcIndex of drcIndicesOf(state, dimm)) {
    const lmb = lmbOf(machine, drcIndex)
    if (bound === true) takeAsFound(state, lmb, node)
    else refusalOf(() => addLmb(machine, lmb))
  }
}

/** The device tree may know its associativity already. */
function takeAsFound(state: PseriesState, lmb: Lmb, node: number): void {
  if (lmb.associativityIndex === NO_ASSOCIATIVITY) setNode(state, lmb, node)
  lmb.nodeId = node
  lmb.assigned = true
  keepLmb(state, lmb)
}

/** An event of the firmware. What it comes to is seen in the connectors; no answer is awaited. */
function runEvent(machine: Machine, event: HotplugEvent): void {
  try {
    performRequest(machine, { ...event, by: 'indexed-count' })
  } catch (error) {
    if (!isHotplugError(error)) throw error
  }
}

/** Each assigned LMB of device memory is one memory device. */
function devices(machine: Machine): MemoryDevice[] {
  const state = pseriesState(machine)
  return [...state.lmbs.values()]
    .filter(({ assigned }) => assigned)
    .sort((a, b) => a.drcIndex - b.drcIndex)
    .map(({ drcIndex, base, nodeId: node }) => ({
      name: `lmb@${drcIndex.toString(16)}`,
      driver: DRIVER,
      nodeId: nodeId(node ?? 0),
      ranges: [{ start: physAddr(base), end: physAddr(base + state.lmbBytes), enabled: true }],
      groupId: null,
    }))
}

function checkLmbs(machine: Machine): void {
  const { lmbs, connectors } = pseriesState(machine)
  for (const lmb of lmbs.values()) {
    const held = connectors.get(lmb.drcIndex)?.state === 'configured'
    invariant(
      !lmb.assigned || held,
      `LMB ${lmb.drcIndex.toString(16)} is assigned but not configured.`,
    )
  }
}
