import { HotplugError, invariant, type Machine } from '@memhp/core'

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

/** A DIMM as the hypervisor holds it. */
export interface Dimm {
  readonly id: string
  readonly slot: number
  readonly address: number
  readonly sizeBytes: number
  readonly node: number
}

/** What the kernel knows of an LMB: an entry of ibm,dynamic-memory that is not as boot left it. */
export interface Lmb {
  readonly drcIndex: number
  readonly base: number
  /** Node of its associativity; null: invalid. */
  nodeId: number | null
  assigned: boolean
}

/** Plain data in `machine.state.memory.drivers.pseries`. */
export interface PseriesState {
  lmbBytes: number
  windowStart: number
  windowEnd: number
  readonly dimms: Dimm[]
  /** Connectors with a DIMM behind them, by DRC index. */
  readonly connectors: Map<number, Connector>
  /** LMBs of device memory that were ever assigned, by DRC index. */
  readonly lmbs: Map<number, Lmb>
}

export const newState = (): PseriesState => ({
  lmbBytes: 0,
  windowStart: 0,
  windowEnd: 0,
  dimms: [],
  connectors: new Map(),
  lmbs: new Map(),
})

/** The driver's state on a machine. */
export function pseriesState(machine: Machine): PseriesState {
  const state = machine.state.memory.drivers[DRIVER] as PseriesState | undefined
  invariant(state, 'The machine has no pseries driver.')
  return state
}

/** DRC index of LMB 0: the type code of LMBs, 8, in the top four bits. Source: QEMU hw/ppc/spapr_drc.c. */
const LMB_DRC_BASE = 0x8000_0000

/** DRC index of the LMB at an address. */
const drcIndexAt = (state: PseriesState, address: number): number =>
  LMB_DRC_BASE + address / state.lmbBytes

const baseOf = (state: PseriesState, drcIndex: number): number =>
  (drcIndex - LMB_DRC_BASE) * state.lmbBytes

/**
 * The LMB of a DRC index: an entry of the device tree, that is, of device memory. Boot memory and gaps are reserved
 * there and have no index of their own.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for an index that no LMB has
 */
export function lmbOf(machine: Machine, drcIndex: number): Lmb {
  const state = pseriesState(machine)
  const known = state.lmbs.get(drcIndex)
  if (known !== undefined) return known
  const base = baseOf(state, drcIndex)
  if (base < state.windowStart || base + state.lmbBytes > state.windowEnd) {
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `No LMB has the DRC index 0x${drcIndex.toString(16)}.`,
      {
        detail: { drcIndex },
      },
    )
  }
  const lmb: Lmb = { drcIndex, base, nodeId: null, assigned: false }
  state.lmbs.set(drcIndex, lmb)
  return lmb
}

/** DRC indices of all LMBs of device memory, ascending. */
export function* drcIndices(state: PseriesState): Generator<number> {
  for (
    let base = state.windowStart;
    base + state.lmbBytes <= state.windowEnd;
    base += state.lmbBytes
  ) {
    yield drcIndexAt(state, base)
  }
}

/** DRC indices of the LMBs that a DIMM covers, ascending. */
export const drcIndicesOf = (state: PseriesState, dimm: Dimm): number[] =>
  Array.from(
    { length: dimm.sizeBytes / state.lmbBytes },
    (_, i) => drcIndexAt(state, dimm.address) + i,
  )
