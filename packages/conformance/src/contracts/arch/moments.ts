import type { Machine } from '@memhp/core'
import * as fc from 'fast-check'
import type { ArchBench } from './arch-bench'
import { type Move, makeMove, moves, neighbourMoves, type Pieces } from './coming-and-going'

/** Who looks at a machine while blocks come and go. */
export interface Watcher {
  /** Called before the first move. */
  begin?(machine: Machine): void
  /** Called after boot and after each move. @param pieces what has come and is present */
  look(machine: Machine, pieces: Pieces): void
}

/** Has a machine watched after boot, and moves: those of two neighbours, which find a wrong edge without luck, and some that are drawn. */
export function atEachMoment(bench: ArchBench, watcher: Watcher): void {
  const follow = (made: readonly Move[]): void => {
    const machine = bench.fresh()
    watcher.begin?.(machine)
    let pieces: Pieces = []
    for (const move of made) {
      pieces = makeMove(machine, pieces, move)
      watcher.look(machine, pieces)
    }
  }
  const booted = bench.fresh()
  watcher.begin?.(booted)
  watcher.look(booted, [])
  for (const made of neighbourMoves(bench)) follow(made)
  fc.assert(fc.property(moves(bench), follow), bench.draws())
}
