import {
  blockId,
  driverOf,
  fingerprint,
  type HotplugError,
  invariant,
  type Machine,
  type OnlineType,
  offlineBlock,
  onlineBlock,
  type Pfn,
  type PluggedDevice,
  placeUnmovablePage,
  platformOf,
  refusalOf,
  removeUnmovablePage,
  restoreSnapshot,
  settle,
  takeSnapshot,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import * as fc from 'fast-check'
import { onlineType } from '../../generators/arbitraries'
import { type Contract, demandSame } from '../contract'
import { demandPlain } from '../plain-data'
import { demandDevices } from './device'
import { blocksOf, type DriverBench, findPlugged, lateBlocks, plug } from './driver-bench'

/** All that a driver knows of a machine lies in the machine's state, and is true after each step. */
export const stateContracts = (bench: DriverBench): readonly Contract[] => [
  {
    name: 'keeps its state, and the work it puts off, as plain data',
    run() {
      const machine = bench.boot()
      platformOf(machine).plug(machine, request(machine, 'a'))
      demandPlain(machine.state, 'state')
      settle(machine)
      demandPlain(machine.state, 'state')
      platformOf(machine).requestUnplug(machine, 'a')
      demandPlain(machine.state, 'state')
    },
  },
  {
    name: 'keeps nothing beside the state: what is under way goes on in a restored machine',
    run: () => checkRestored(bench),
  },
  {
    name: 'withholds pages of the blocks that it is asked about, the same each time, and changes nothing by that',
    run: () => checkWithheld(bench),
  },
  {
    name: 'keeps two machines apart',
    run() {
      const [machine, other] = [bench.boot(), bench.boot()]
      const before = bench.picture(other)
      plug(machine, request(machine, 'a'))
      demandSame('A device of one machine changed another:', {
        before,
        after: bench.picture(other),
      })
      plug(other, request(other, 'a'))
      demandSame('A second machine is something else:', {
        before: bench.picture(machine),
        after: bench.picture(other),
      })
    },
  },
  {
    name: 'tells the truth after each step of whatever happens, and keeps every invariant',
    run: () =>
      fc.assert(
        fc.property(steps(bench.options.slots), (taken) => {
          walk(bench.fresh(), bench.options.slots, taken)
        }),
        bench.draws(),
      ),
  },
  {
    name: 'does the same each time: same seed, same bytes',
    run: () =>
      fc.assert(
        fc.property(steps(bench.options.slots), (taken) => {
          const [machine, other] = [bench.boot(), bench.boot()]
          for (const each of [machine, other]) walk(each, bench.options.slots, taken)
          const same = fingerprint(machine) === fingerprint(other)
          invariant(same, 'The same steps made two fingerprints.')
          demandSame('The same steps made two journals:', {
            before: machine.state.journal,
            after: other.state.journal,
          })
        }),
        bench.draws(1 / 4),
      ),
  },
]

const request = (machine: Machine, id: string) => ({
  id,
  sizeBytes: 2 * machine.geometry.blockBytes,
  node: 1,
})

function checkRestored(bench: DriverBench): void {
  const machine = bench.fresh()
  const { plug: begin, requestUnplug } = platformOf(machine)
  const twice = (what: string, act: () => void): void => {
    act()
    const snapshot = takeSnapshot(machine)
    settle(machine)
    const after = bench.picture(machine)
    restoreSnapshot(machine, snapshot)
    settle(machine)
    demandSame(`${what} came to something else the second time:`, {
      before: after,
      after: bench.picture(machine),
    })
    checkInvariants(machine)
  }
  twice('Plugging', () => void begin(machine, request(machine, 'a')))
  twice('Unplugging', () => requestUnplug(machine, 'a'))
  demandDevices(machine, [])
}

/** One step of whatever may happen. Devices are named by few ids, so that they meet. */
type Step =
  | { readonly do: 'plug'; readonly id: string; readonly blocks: number; readonly node: number }
  | { readonly do: 'unplug'; readonly id: string }
  | { readonly do: 'state'; readonly nth: number; readonly type: OnlineType }
  /** A page of kernel memory in a block, or no longer. */
  | { readonly do: 'obstruct' | 'clear'; readonly nth: number }

function steps(slots: number): fc.Arbitrary<readonly Step[]> {
  const id = fc.nat(slots).map((n) => `d${n}`)
  const nth = fc.nat(15)
  return fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('plug' as const),
        id,
        blocks: fc.integer({ min: 1, max: 3 }),
        node: fc.constantFrom(0, 1),
      }),
      fc.record({ do: fc.constant('unplug' as const), id }),
      fc.record({ do: fc.constant('state' as const), nth, type: onlineType() }),
      fc.record({ do: fc.constantFrom('obstruct' as const, 'clear' as const), nth }),
    ),
    { minLength: 1, maxLength: 16 },
  )
}

/** What a walk knows: devices by id, and pages that it placed, by block. */
interface Walk {
  readonly machine: Machine
  readonly slots: number
  readonly devices: Map<string, PluggedDevice>
  readonly obstacles: Map<number, Pfn>
}

function walk(machine: Machine, slots: number, taken: readonly Step[]): void {
  const known: Walk = { machine, slots, devices: new Map(), obstacles: new Map() }
  for (const step of taken) {
    if (step.do === 'plug') takePlug(known, step)
    else if (step.do === 'unplug') takeUnplug(known, step.id)
    else takeBlockStep(known, step)
    settle(machine)
    demandDevices(machine, [...known.devices.values()])
    checkInvariants(machine)
  }
}

/** What an operation told: its code and its own sentence where it was refused. */
const toldOf = (refusal: HotplugError | undefined): string =>
  refusal === undefined ? 'done' : `${refusal.code} (${refusal.message})`

function takePlug({ machine, slots, devices }: Walk, step: Step & { do: 'plug' }): void {
  const { id, blocks, node } = step
  const sizeBytes = blocks * machine.geometry.blockBytes
  let device: PluggedDevice | undefined
  const refusal = refusalOf(() => {
    device = plug(machine, { id, sizeBytes, node })
  })
  const wanted = devices.has(id)
    ? 'DEVICE_EXISTS'
    : devices.size === slots
      ? 'NO_FREE_SLOT'
      : undefined
  invariant(
    refusal?.code === wanted,
    `Plugging "${id}" beside ${devices.size} others: ${toldOf(refusal)}, not ${wanted ?? 'done'}.`,
  )
  if (device !== undefined) devices.set(id, device)
}

function takeUnplug({ machine, devices, obstacles }: Walk, id: string): void {
  const device = devices.get(id)
  const states = lateBlocks(machine)
  const refusal = refusalOf(() => platformOf(machine).requestUnplug(machine, id))
  const answers = device === undefined ? ['NO_SUCH_DEVICE'] : [undefined, 'UNPLUG_PENDING']
  invariant(answers.includes(refusal?.code), `Unplugging "${id}": ${toldOf(refusal)}.`)
  settle(machine)
  if (device === undefined) return
  const stayed = findPlugged(machine, id) !== undefined
  if (refusal !== undefined) {
    invariant(stayed, `"${id}" is pending, and went.`)
    return
  }
  const blocks = blocksOf(machine, device)
  const isBusy = blocks.some((block) => obstacles.has(block))
  const mayStay = isBusy || blocks.some((block) => states.get(block) === 'online')
  invariant(stayed || !isBusy, `"${id}" went with a page of the kernel in it.`)
  invariant(!stayed || mayStay, `"${id}" stayed although it was offline.`)
  if (!stayed) devices.delete(id)
}

function takeBlockStep(
  { machine, obstacles }: Walk,
  step: Step & { do: 'state' | 'obstruct' | 'clear' },
): void {
  const blocks = [...lateBlocks(machine).keys()]
  const block = blocks[step.nth % Math.max(1, blocks.length)]
  if (block === undefined) return
  const id = blockId(block)
  if (step.do === 'state') {
    const { type } = step
    refusalOf(() =>
      type === 'offline' ? offlineBlock(machine, id) : onlineBlock(machine, id, type),
    )
  } else if (step.do === 'obstruct') {
    if (obstacles.has(block) || lateBlocks(machine).get(block) !== 'online') return
    const page = placeUnmovablePage(machine, { range: blockRange(machine, id) })
    if (page !== null) obstacles.set(block, page)
  } else {
    const page = obstacles.get(block)
    if (page !== undefined) removeUnmovablePage(machine, page)
    obstacles.delete(block)
  }
}

function checkWithheld(bench: DriverBench): void {
  const machine = bench.fresh()
  const driver = driverOf(machine)
  const device = plug(machine, request(machine, 'a'))
  const before = bench.picture(machine)
  for (const range of blocksOf(machine, device).map((id) => blockRange(machine, id))) {
    const [first, second] = [1, 2].map(() => driver.withholdPages?.(machine, range) ?? [])
    demandSame('It withholds other pages the second time:', { before: first, after: second })
    const strange = first?.find(({ start, end }) => start < range.start || end > range.end)
    invariant(strange === undefined, `Pages from ${strange?.start} on are not of the block.`)
  }
  demandSame('It changed something when it was asked:', { before, after: bench.picture(machine) })
}
