import { compareText, type Difference, type TraceQmpEvent, type TraceStep } from '@memhp/trace'

/** The last size of each device that events told. */
const lastSizes = (events: readonly TraceQmpEvent[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    events
      .filter(({ event }) => event === 'MEMORY_DEVICE_SIZE_CHANGE')
      .map(({ data }) => [String(data.id), Number(data.size)]),
  )

/**
 * The hypervisor tells of sizes at most once a second, and of the last in any case: that one is compared. What it told in
 * between depends on how fast the guest was.
 */
export function compareSizes({ qmp }: TraceStep, events: readonly TraceQmpEvent[]): Difference[] {
  return compareText('sizes told', lastSizes(qmp), lastSizes(events))
}
