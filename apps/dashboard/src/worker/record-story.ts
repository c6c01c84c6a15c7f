import type { Machine } from '@memhp/core'
import { logWrites } from '@memhp/core/inspect'
import { errorText } from '../error-text'
import type { FaultWish, Timeline } from '../protocol/timeline'
import { type DeedEnd, type DeedHead, type Recorded, Recorder } from './recorder'
import { recordedStory } from './whole-machine'

/** A story on its way: a machine, and one deed after the other. */
export interface Telling {
  readonly machine: Machine
  /** `left out` where what a deed does may be done anew within it. */
  readonly steps: Recorded['steps']
  /** Does the next thing. @returns undefined when all is told */
  next(): DeedEnd | undefined
  /** What the next thing is; undefined when all is told. */
  head(): DeedHead | undefined
}

/** The end of a deed, which may be the end of the story as well. */
type FaultedEnd = DeedEnd & { readonly isLast?: true }

/** The next thing, where something is made to fail: what its code does not expect ends the story. */
function nextWithFault(telling: Telling): FaultedEnd | undefined {
  try {
    return telling.next()
  } catch (error) {
    const message = errorText(error)
    return { outcome: 'refused', errno: null, message, differences: [message], isLast: true }
  }
}

/** Machine and memory that a telling touches, found by telling it once. */
function rehearseTelling(telling: Telling): {
  readonly blocks: ReadonlySet<number>
  readonly devices: ReadonlySet<string>
} {
  const { machine } = telling
  const { log, end } = logWrites(machine)
  const blocks = new Set<number>()
  const devices = new Set<string>()
  const look = (): void => {
    for (const id of log.blocks) blocks.add(id)
    for (const driver of machine.drivers)
      for (const { name, ranges } of driver.devices(machine))
        if (ranges.length > 0) devices.add(name)
  }
  look()
  while (telling.next() !== undefined) look()
  end()
  return { blocks, devices }
}

/**
 * Tells a story twice: to learn what it touches, and to write it down.
 * @param tell begins it anew
 * @param fault what is made to fail the second time
 */
export async function recordStory(
  tell: () => Promise<Telling>,
  fault: FaultWish | null,
): Promise<{
  readonly machine: Machine
  readonly timeline: Timeline
  readonly recorder: Recorder
}> {
  const seen = rehearseTelling(await tell())
  const telling = await tell()
  const recorder = new Recorder(telling.machine, {
    ...recordedStory(telling.machine, seen),
    steps: telling.steps,
    fault,
  })
  let hasFailed = false
  for (let head = telling.head(); head !== undefined; head = telling.head()) {
    recorder.begin(head)
    const end: FaultedEnd | undefined = fault === null ? telling.next() : nextWithFault(telling)
    if (end === undefined) break
    recorder.end(end)
    hasFailed ||= (end.differences?.length ?? 0) > 0
    if (end.isLast === true) break
  }
  recorder.stop()
  const timeline: Timeline = {
    ...recorder.told(),
    outcome: hasFailed ? 'failed' : 'ran',
    why: null,
    balanced: null,
  }
  return { machine: telling.machine, timeline, recorder }
}
