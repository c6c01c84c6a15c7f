import {
  blockId,
  fingerprint,
  invariant,
  type Machine,
  offlineAndRemoveMemory,
  offlineBlock,
  onlineBlock,
  type Range,
  refusalOf,
  restoreSnapshot,
  takeSnapshot,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import * as fc from 'fast-check'
import { onlineType } from '../../generators/arbitraries'
import { type Contract, demandSame } from '../contract'
import { demandPlain } from '../plain-data'
import { type ArchBench, addBlocks, blockBytes, picture } from './arch-bench'
import { type Move, makeMove, moves, type Pieces } from './coming-and-going'

/** All that an arch knows of a machine lies in the machine's state, and nowhere else. */
export const stateContracts = (bench: ArchBench): readonly Contract[] => [
  {
    name: 'keeps its state as plain data',
    run() {
      const machine = bench.boot()
      demandPlain(machine.state.memory, 'state.memory')
      for (const window of bench.windows()) addBlocks(machine, window)
      demandPlain(machine.state.memory, 'state.memory')
    },
  },
  {
    name: 'keeps nothing beside the state: a restored machine is the one that was saved',
    run: () =>
      fc.assert(
        fc.property(moves(bench), moves(bench), (first, second) => {
          const machine = bench.fresh()
          const pieces = makeMoves(machine, [], first)
          const saved = { snapshot: takeSnapshot(machine), picture: picture(machine) }
          makeMoves(machine, pieces, second)
          const after = picture(machine)
          restoreSnapshot(machine, saved.snapshot)
          demandSame('What was restored is not what was saved:', {
            before: saved.picture,
            after: picture(machine),
          })
          checkInvariants(machine)
          makeMoves(machine, pieces, second)
          demandSame('What followed is something else the second time:', {
            before: after,
            after: picture(machine),
          })
        }),
        bench.draws(),
      ),
  },
  {
    name: 'keeps two machines apart',
    run: () => checkApart(bench),
  },
  {
    name: 'does the same each time: same seed, same bytes',
    run: () =>
      fc.assert(
        fc.property(moves(bench), (made) => {
          const [machine, other] = [bench.boot(), bench.boot()]
          for (const each of [machine, other]) makeMoves(each, [], made)
          const same = fingerprint(machine) === fingerprint(other)
          invariant(same, 'The same moves made two fingerprints.')
          demandSame('The same moves made two journals:', {
            before: machine.state.journal,
            after: other.state.journal,
          })
        }),
        bench.draws(1 / 4),
      ),
  },
  {
    name: 'keeps every invariant while blocks come, go online, go offline and go',
    run: () => checkLife(bench),
  },
]

function checkApart(bench: ArchBench): void {
  const [machine, other] = [bench.boot(), bench.boot()]
  const before = picture(other)
  for (const window of bench.windows()) addBlocks(machine, window)
  demandSame('Memory that came to one machine changed another:', {
    before,
    after: picture(other),
  })
  for (const window of bench.windows()) addBlocks(other, window)
  demandSame('A second machine is something else:', {
    before: picture(machine),
    after: picture(other),
  })
  checkInvariants(other)
}

/** Blocks of boot memory, those that are whole. */
const bootWindows = ({ description, geometry }: Machine): readonly Range[] =>
  description.ram.map(({ start, end }) => ({
    start: Math.ceil(start / geometry.blockBytes),
    end: Math.floor(end / geometry.blockBytes),
  }))

const makeMoves = (machine: Machine, pieces: Pieces, made: readonly Move[]): Pieces =>
  made.reduce((there, move) => makeMove(machine, there, move), pieces)

/** Blocks go through all states; a refusal is an answer too. */
function checkLife(bench: ArchBench): void {
  const windows = bench.windows().length > 0 ? bench.windows() : bootWindows(bench.boot())
  const step = fc
    .constantFrom(...windows)
    .chain(({ start, end }) =>
      fc.record({ block: fc.integer({ min: start, max: end - 1 }), type: onlineType() }),
    )
  fc.assert(
    fc.property(moves(bench), fc.array(step, { maxLength: 12 }), (made, steps) => {
      const machine = bench.fresh()
      const pieces = makeMoves(machine, [], made)
      for (const { block, type } of steps) {
        refusalOf(() =>
          type === 'offline'
            ? offlineBlock(machine, blockId(block))
            : onlineBlock(machine, blockId(block), type),
        )
        checkInvariants(machine)
      }
      for (const piece of pieces) {
        refusalOf(() => offlineAndRemoveMemory(machine, { range: blockBytes(machine, piece) }))
        checkInvariants(machine)
      }
    }),
    bench.draws(),
  )
}
