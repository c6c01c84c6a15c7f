import type { Machine } from '@memhp/core'
import { type Dimm, driverSlot, type StateSlot } from '@memhp/core/plugin'
import type { LmbRun } from './dialect/lmb'

/** The driver's name in descriptions and in `machine.state.memory.drivers`. */
export const DRIVER = 'pseries'

/**
 * State of a logical dynamic reconfiguration connector. Source: QEMU hw/ppc/spapr_drc.c 7.2; spec 6.2.7.
 * `unusable` is also the state of a connector with nothing behind it.
 */
export type DrcState = 'unusable' | 'available' | 'unisolate' | 'configured'

/** What the platform knows of one LMB that a DIMM covers. */
export interface Connector {
  readonly drcIndex: number
  /** The DIMM behind it. */
  readonly device: string
  state: DrcState
  /** The platform wants the LMB back. */
  unplugRequested: boolean
}

/** What the kernel knows of an LMB: an entry of the device tree that is not as boot left it. */
export interface Lmb {
  readonly drcIndex: number
  readonly base: number
  /** Node of its associativity; null: invalid. */
  nodeId: number | null
  /** Number of its associativity in the device tree's list of them. */
  associativityIndex: number
  assigned: boolean
}

/** Plain data in `machine.state.memory.drivers.pseries`. */
export interface PseriesState {
  lmbBytes: number
  windowStart: number
  windowEnd: number
  /** The LMBs as the device tree listed them at boot, ascending. */
  table: readonly LmbRun[]
  readonly dimms: Dimm[]
  /** Connectors with a DIMM behind them, by DRC index. */
  readonly connectors: Map<number, Connector>
  /** LMBs that are not as the device tree listed them at boot, by DRC index. */
  readonly lmbs: Map<number, Lmb>
}

export const newState = (): PseriesState => ({
  lmbBytes: 0,
  windowStart: 0,
  windowEnd: 0,
  table: [],
  dimms: [],
  connectors: new Map(),
  lmbs: new Map(),
})

/** Where the driver's state lies. */
export const PSERIES: StateSlot<PseriesState> = driverSlot(DRIVER)

/** The driver's state on a machine. Never keep it across operations: `restoreSnapshot` replaces it. */
export const pseriesState = (machine: Machine): PseriesState => PSERIES.of(machine)
