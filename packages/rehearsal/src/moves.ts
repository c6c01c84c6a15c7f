import type { Machine, Pfn } from '@memhp/core'
import { zoneOfPfn } from '@memhp/core/inspect'
import type { Progress } from '@memhp/planner'

/** Where the pages of a block went when it went offline. In base pages. */
export interface Move {
  readonly block: number
  readonly pages: number
  readonly to: readonly { readonly node: number; readonly pages: number }[]
}

/** Follows the pages of each block that a run takes offline. */
export interface MoveFollower {
  /** One move for each block that went offline, in the order of the run. */
  readonly moves: readonly Move[]
  /** To be told of the run's progress. */
  follow(progress: Progress): void
  end(): void
}

function nodeOfPage(machine: Machine, page: Pfn): number {
  const key = zoneOfPfn(machine, page)
  return (key === null ? undefined : machine.state.memory.zones.get(key)?.nodeId) ?? 0
}

/** Begins to follow the pages that move on a machine. */
export function followMoves(machine: Machine): MoveFollower {
  const moves: Move[] = []
  /** Pages that each node got since the present block began to go offline. */
  const gained = new Map<number, number>()
  const end = machine.observe((event) => {
    if (event.kind !== 'pages-moved') return
    const node = nodeOfPage(machine, event.to)
    gained.set(node, (gained.get(node) ?? 0) + event.pageCount)
  })
  return {
    moves,
    end,
    follow(progress) {
      if (progress.kind === 'step') gained.clear()
      if (progress.kind !== 'result') return
      const { step, result } = progress.entry
      if (step.kind !== 'offline' || result.kind !== 'done') return
      const to = [...gained]
        .map(([node, pages]) => ({ node, pages }))
        .sort((a, b) => a.node - b.node)
      moves.push({ block: step.block, pages: to.reduce((sum, { pages }) => sum + pages, 0), to })
    },
  }
}
