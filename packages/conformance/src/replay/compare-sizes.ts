import { compareText, type Difference, type TraceQmpEvent, type TraceStep } from '@memhp/trace'

type Sizes = ReadonlyMap<string, readonly number[]>

/** The sizes that events told, device by device. */
function sizesOf(events: readonly TraceQmpEvent[]): Sizes {
  const sizes = new Map<string, number[]>()
  for (const { event, data } of events) {
    if (event !== 'MEMORY_DEVICE_SIZE_CHANGE') continue
    const id = String(data.id)
    sizes.set(id, [...(sizes.get(id) ?? []), Number(data.size)])
  }
  return sizes
}

/**
 * The hypervisor tells of sizes at most once a second, and of the last in any case: that one is compared. What it told in
 * between depends on how fast the guest was.
 */
export function compareSizes({ qmp }: TraceStep, events: readonly TraceQmpEvent[]): Difference[] {
  const last = (sizes: Sizes) =>
    [...sizes].map(([id, told]) => [id, told.at(-1)] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  return compareText('sizes told', last(sizesOf(qmp)), last(sizesOf(events)))
}
