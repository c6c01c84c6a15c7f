import { HotplugError, type Machine } from '@memhp/core'
import type { Dimm } from '@memhp/core/plugin'
import {
  isDynamicLmb,
  joinLmbRuns,
  LMB_FLAG,
  type LmbRun,
  lmbsOfRun,
  NO_ASSOCIATIVITY,
} from './dialect/lmb'
import { type Lmb, type PseriesState, pseriesState } from './state'

/** DRC index of LMB 0: the type code of LMBs, 8, in the top four bits. Source: QEMU hw/ppc/spapr_drc.c. */
const LMB_DRC_BASE = 0x8000_0000

/** The device tree of a QEMU guest: reserved up to device memory, dynamic from there on. Source: spec 6.2.1. */
export function qemuTable(
  lmbBytes: number,
  window: { readonly start: number; readonly end: number },
): LmbRun[] {
  const before = window.start / lmbBytes
  const reserved = LMB_FLAG.reserved + LMB_FLAG.drcInvalid
  const associativityIndex = NO_ASSOCIATIVITY
  return [
    { base: 0, count: before, drcIndex: 0, associativityIndex, flags: reserved },
    {
      base: window.start,
      count: Math.floor((window.end - window.start) / lmbBytes),
      drcIndex: LMB_DRC_BASE + before,
      associativityIndex,
      flags: 0,
    },
  ]
}

/** DRC index of the LMB at an address; undefined where none may come and go. */
function drcIndexAt({ table, lmbBytes }: PseriesState, address: number): number | undefined {
  const run = table.find(
    (each) =>
      isDynamicLmb(each) && each.base <= address && address < each.base + each.count * lmbBytes,
  )
  return run === undefined ? undefined : run.drcIndex + (address - run.base) / lmbBytes
}

/** DRC indices of the LMBs that a DIMM covers, ascending by address. */
export const drcIndicesOf = (state: PseriesState, dimm: Dimm): number[] =>
  Array.from(
    { length: dimm.sizeBytes / state.lmbBytes },
    (_, i) => drcIndexAt(state, dimm.address + i * state.lmbBytes) ?? [],
  ).flat()

const noLmb = (drcIndex: number): HotplugError =>
  new HotplugError(
    'BAD_ARGUMENT',
    'EINVAL',
    `No LMB has the DRC index 0x${drcIndex.toString(16)}.`,
    { detail: { drcIndex } },
  )

const isIn = (run: LmbRun, drcIndex: number): boolean =>
  isDynamicLmb(run) && run.drcIndex <= drcIndex && drcIndex < run.drcIndex + run.count

/**
 * The LMB of a DRC index; what is changed of it must be kept (`keepLmb`). Boot memory and gaps of a guest are reserved and have no index.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) for an index that no LMB has
 */
export function lmbOf(machine: Machine, drcIndex: number): Lmb {
  const state = pseriesState(machine)
  const known = state.lmbs.get(drcIndex)
  if (known !== undefined) return known
  const run = state.table.find((each) => isIn(each, drcIndex))
  if (run === undefined) throw noLmb(drcIndex)
  const base = run.base + (drcIndex - run.drcIndex) * state.lmbBytes
  const { associativityIndex } = run
  return { drcIndex, base, nodeId: null, associativityIndex, assigned: false }
}

/** Keeps what became of an LMB. One that is again as the device tree listed it at boot needs no entry. */
export function keepLmb({ lmbs, table }: PseriesState, lmb: Lmb): void {
  const run = table.find((each) => isIn(each, lmb.drcIndex))
  if (lmb.nodeId === null && run !== undefined && !isChanged(run, lmb)) lmbs.delete(lmb.drcIndex)
  else lmbs.set(lmb.drcIndex, lmb)
}

/** All LMBs that may come and go, in the order of the device tree. */
export const allLmbs = (machine: Machine): Lmb[] =>
  pseriesState(machine)
    .table.filter(isDynamicLmb)
    .flatMap(({ drcIndex, count }) =>
      Array.from({ length: count }, (_, i) => lmbOf(machine, drcIndex + i)),
    )

/**
 * A number of LMBs from one on, in the order of the device tree.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) where the table has none of this index, ends, or reserves one of them
 */
export function lmbsFrom(
  machine: Machine,
  range: { readonly count: number; readonly drcIndex: number },
): Lmb[] {
  const { drcIndex, count } = range
  const { table } = pseriesState(machine)
  const found: Lmb[] = []
  for (const run of table) {
    const isHere = run.drcIndex <= drcIndex && drcIndex < run.drcIndex + run.count
    if (found.length === 0 && !(isHere && isDynamicLmb(run))) continue
    if (!isDynamicLmb(run)) break
    const first = found.length === 0 ? drcIndex : run.drcIndex
    for (let index = first; index < run.drcIndex + run.count && found.length < count; index++)
      found.push(lmbOf(machine, index))
    if (found.length === count) return found
  }
  throw noLmb(drcIndex + found.length)
}

/** The associativity of a node: that of another LMB there, or, as QEMU numbers them, the node's own number. */
export function setNode(state: PseriesState, lmb: Lmb, node: number | null): void {
  lmb.nodeId = node
  const other = [...state.lmbs.values(), lmb].find(
    ({ nodeId, associativityIndex }) => nodeId === node && associativityIndex !== NO_ASSOCIATIVITY,
  )
  lmb.associativityIndex = node === null ? NO_ASSOCIATIVITY : (other?.associativityIndex ?? node)
}

const flagsOf = (booted: number, { assigned }: Lmb): number => {
  const wasAssigned = Math.floor(booted / LMB_FLAG.assigned) % 2 === 1
  return booted + (Number(assigned) - Number(wasAssigned)) * LMB_FLAG.assigned
}

const isChanged = (run: LmbRun, lmb: Lmb): boolean =>
  lmb.associativityIndex !== run.associativityIndex || flagsOf(run.flags, lmb) !== run.flags

/**
 * The LMBs as the device tree lists them now. The kernel writes them anew, neighbours joined, when one has come or gone.
 * Source: drmem_update_dt, arch/powerpc/mm/drmem.c 6.1.
 */
export function currentTable({ table, lmbs, lmbBytes }: PseriesState): readonly LmbRun[] {
  const changes = table.map((run) =>
    [...lmbs.values()].filter((lmb) => isIn(run, lmb.drcIndex) && isChanged(run, lmb)),
  )
  if (changes.every((changed) => changed.length === 0)) return table
  const runs = table.flatMap((run, i) =>
    changes[i]?.length === 0
      ? [run]
      : lmbsOfRun(run, lmbBytes).map((entry): LmbRun => {
          const lmb = lmbs.get(entry.drcIndex)
          if (lmb === undefined) return entry
          const { associativityIndex } = lmb
          return { ...entry, associativityIndex, flags: flagsOf(run.flags, lmb) }
        }),
  )
  return joinLmbRuns(runs, lmbBytes)
}
