import { type Machine, type Range, rangesOverlap } from '@memhp/core'
import { blockIdsOfRange, findBlock } from '@memhp/core/inspect'
import {
  coveredSize,
  emitPlatformEvent,
  failsAt,
  insertInterval,
  logLine,
  removeInterval,
} from '@memhp/core/plugin'
import { sclpState } from './state'

/** Answers of the hypervisor. Source: drivers/s390/char/sclp_cmd.c 6.1, and recorded guests. */
const RESPONSE = { done: 0x20, refused: 0x330 } as const
/** SCLP commands. Source: drivers/s390/char/sclp_cmd.c 6.1. */
const ASSIGN = 0x000d_0001

/** The file of the kernel that logs what the driver does. */
export const logPrefix = ({ generation }: Machine): string =>
  generation.rules.standby.blocks === 'configured' ? 'sclp_mem' : 'sclp_cmd'

/** Numbers of increments, from 1; `end` is exclusive. */
interface Increments {
  readonly bytes: number
  readonly first: number
  readonly end: number
}

const rangeOf = (number: number, bytes: number): Range => ({
  start: (number - 1) * bytes,
  end: number * bytes,
})

/** The increments that a range of bytes touches. */
const incrementsIn = ({ start, end }: Range, bytes: number): Increments => ({
  bytes,
  first: Math.floor(start / bytes) + 1,
  end: Math.ceil(end / bytes) + 1,
})

/** What the kernel asked for, told once for all increments that were answered alike. */
function tell(
  machine: Machine,
  command: 'attach' | 'assign' | 'unassign',
  counts: Map<number, number>,
): void {
  for (const [response, count] of counts)
    emitPlatformEvent(machine, { event: 'SCLP', data: { command, response, count } })
}

const count = (counts: Map<number, number>, response: number): void => {
  counts.set(response, (counts.get(response) ?? 0) + 1)
}

/**
 * Asks the hypervisor for the storage of a range, increment by increment; after a refusal it is asked for the rest all the
 * same.
 * @returns whether all was given
 * Source: sclp_mem_change_state, drivers/s390/char/sclp_cmd.c 6.1; spec 6.3
 */
export function assignStorage(machine: Machine, range: Range, incrementBytes: number): boolean {
  const { standby, refused } = sclpState(machine)
  const { first, end, bytes } = incrementsIn(range, incrementBytes)
  const counts = new Map<number, number>()
  for (let number = first; number < end; number++) {
    const increment = rangeOf(number, bytes)
    if (isUsedBeside(machine, increment, range)) continue
    const isRefused = coveredSize(refused, increment) > 0 || failsAt(machine, 'sclp/assign-storage')
    const response = isRefused ? RESPONSE.refused : RESPONSE.done
    count(counts, response)
    if (!isRefused) removeInterval(standby, increment)
    else logLine(machine, 'warn', `${logPrefix(machine)}: ${refusalText(number)}`)
  }
  tell(machine, 'assign', counts)
  return !counts.has(RESPONSE.refused)
}

const refusalText = (number: number): string =>
  `assign storage failed (cmd=0x${ASSIGN.toString(16).padStart(8, '0')}, ` +
  `response=0x${RESPONSE.refused.toString(16).padStart(4, '0')}, rn=0x${number.toString(16).padStart(4, '0')})`

/** Gives the storage of a range back to the hypervisor, but for increments that other blocks which are online use. */
export function unassignStorage(machine: Machine, range: Range, incrementBytes: number): void {
  const { standby } = sclpState(machine)
  const { first, end, bytes } = incrementsIn(range, incrementBytes)
  const counts = new Map<number, number>()
  for (let number = first; number < end; number++) {
    const increment = rangeOf(number, bytes)
    if (isUsedBeside(machine, increment, range)) continue
    count(counts, RESPONSE.done)
    insertInterval(standby, increment)
  }
  tell(machine, 'unassign', counts)
}

/**
 * Attaches the storage elements that are not: done before any storage changes. The hypervisor gives them as they are, none of
 * their increments assigned.
 * Source: sclp_attach_storage, drivers/s390/char/sclp_cmd.c 6.1; spec 6.3
 */
export function attachElements(machine: Machine): void {
  const { detached } = sclpState(machine)
  if (detached.ranges.length === 0) return
  tell(machine, 'attach', new Map([[RESPONSE.done, detached.ranges.length]]))
  detached.ranges.splice(0)
}

/** Whether an increment is in use by a block that is online and not of the range: where increments are larger than blocks. */
function isUsedBeside(machine: Machine, increment: Range, range: Range): boolean {
  if (range.start <= increment.start && increment.end <= range.end) return false
  const { blockBytes } = machine.geometry
  return blockIdsOfRange(machine, increment).some((id) => {
    const own = { start: id * blockBytes, end: (id + 1) * blockBytes }
    return !rangesOverlap(own, range) && findBlock(machine, id)?.state === 'online'
  })
}

/** Whether some of the storage of a range is not assigned. */
export const isStandby = (machine: Machine, range: Range): boolean =>
  coveredSize(sclpState(machine).standby, range) > 0
