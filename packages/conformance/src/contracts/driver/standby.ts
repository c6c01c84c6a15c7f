import {
  type BlockId,
  fingerprint,
  invariant,
  type Machine,
  offlineBlock,
  onlineBlock,
  platformOf,
  refusalOf,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { standFault } from '@memhp/trace'
import * as fc from 'fast-check'
import { type Contract, demandSame } from '../contract'
import { demandPlain } from '../plain-data'
import { type DriverBench, lateBlocks } from './driver-bench'

/** What holds of a driver without a platform: its memory is there from boot, and no device comes or goes. */
export const standbyContracts = (bench: DriverBench): readonly Contract[] => [
  {
    name: 'has memory from boot, and refuses to plug more',
    run() {
      const machine = bench.boot()
      standbyBlocks(machine)
      const refusal = refusalOf(() => platformOf(machine))
      invariant(refusal?.code === 'UNKNOWN_PLUGIN', 'A driver without a platform must not plug.')
    },
  },
  {
    name: 'brings its memory online and takes it offline, keeps every invariant, and is then as before',
    run: () => checkRoundTrip(bench),
  },
  {
    name: 'takes back what it did where a step of onlining or offlining fails',
    run: () => checkFaults(bench),
  },
  {
    name: 'refuses what the hypervisor refuses, and changes nothing',
    run: () => checkRefusal(bench),
  },
  {
    name: 'does the same each time: same seed, same bytes',
    run: () =>
      fc.assert(
        fc.property(fc.array(fc.nat(63), { maxLength: 12 }), (taken) => {
          const prints = [bench.boot(), bench.boot()].map((machine) => {
            for (const number of taken) toggle(machine, number)
            return fingerprint(machine)
          })
          invariant(prints[0] === prints[1], 'The same steps made two fingerprints.')
        }),
        bench.draws(1 / 4),
      ),
  },
]

/** Blocks of the driver's memory. */
function standbyBlocks(machine: Machine): readonly BlockId[] {
  const blocks = [...lateBlocks(machine).keys()] as BlockId[]
  invariant(blocks.length > 0, 'The configuration of the suite must give the machine memory.')
  return blocks
}

/** One block online, or offline if it is. */
function toggle(machine: Machine, number: number): void {
  const blocks = standbyBlocks(machine)
  const block = blocks[number % blocks.length]
  invariant(
    block !== undefined,
    'A list that is not empty has an item at each index modulo its length.',
  )
  const isOnline = lateBlocks(machine).get(block) === 'online'
  refusalOf(() => (isOnline ? offlineBlock(machine, block) : onlineBlock(machine, block)))
}

function checkRoundTrip(bench: DriverBench): void {
  const machine = bench.fresh()
  for (const block of standbyBlocks(machine)) {
    const before = bench.picture(machine)
    onlineBlock(machine, block, 'online_movable')
    checkInvariants(machine)
    demandPlain(machine.state, 'state')
    offlineBlock(machine, block)
    checkInvariants(machine)
    demandSame(`memory${block} is not as it was:`, { before, after: bench.picture(machine) })
  }
}

/** More steps than a transaction has. */
const MOST_STEPS = 24

function checkFaults(bench: DriverBench): void {
  for (const way of ['online', 'offline'] as const) {
    for (let index = 0; index < MOST_STEPS; index++) {
      const machine = bench.fresh()
      const [block] = standbyBlocks(machine)
      if (block === undefined) return
      if (way === 'offline') onlineBlock(machine, block, 'online_movable')
      const before = bench.picture(machine)
      const fault = standFault(machine, { index, errno: 'ENOMEM' })
      const refusal = refusalOf(() =>
        way === 'online'
          ? onlineBlock(machine, block, 'online_movable')
          : offlineBlock(machine, block),
      )
      fault.end()
      checkInvariants(machine)
      if (refusal === undefined) continue
      const after = bench.picture(machine)
      demandSame(`${way} that fails at step ${index} left something:`, { before, after })
    }
  }
}

function checkRefusal(bench: DriverBench): void {
  const machine = bench.fresh()
  const [driver] = machine.drivers
  const [block] = standbyBlocks(machine)
  if (driver?.refuseStorage === undefined || block === undefined) return
  const { pageBytes } = machine.geometry
  const { start, end } = blockRange(machine, block)
  driver.refuseStorage(machine, [{ start: start * pageBytes, end: end * pageBytes }])
  const before = bench.picture(machine)
  const refusal = refusalOf(() => onlineBlock(machine, block, 'online_movable'))
  invariant(refusal?.code === 'NOTIFIER_REFUSED', 'The refused block must stay offline.')
  demandSame('A refused block left something:', { before, after: bench.picture(machine) })
  driver.refuseStorage(machine, [])
  onlineBlock(machine, block, 'online_movable')
}
