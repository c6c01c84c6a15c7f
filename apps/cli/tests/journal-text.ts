/** A step that takes a block offline, as plans have it. */
export const offlineStep = (block: number): object => ({
  kind: 'offline',
  block,
  path: `/sys/devices/system/memory/memory${block}/state`,
  text: 'offline',
})

/** A plan of steps, as a journal has it. */
const planOf = (steps: readonly object[]): object => ({
  version: 1,
  goal: { kind: 'blocks', blocks: [] },
  blockBytes: 2 ** 27,
  pageBytes: 4096,
  blocks: [],
  devices: [],
  steps,
  pointOfNoReturn: null,
  sizeBytes: 0,
  headRoom: { verdict: 'enough', needPages: 0, roomPages: 0, from: [], to: [], stalled: [] },
  prediction: { outcome: 'goes', confidence: 'likely', reasons: [] },
  expected: { offlineBlocks: [], goneBlocks: [], goneRanges: [], goneNodes: [] },
  warnings: [],
})

/**
 * The text of a journal of a run on a folder.
 * @param run `path`: of the folder; `results`: an entry for each step that was tried, in order, without its number
 */
export function journalText(run: {
  readonly path: string
  readonly machine?: string
  readonly startedAt: string
  readonly steps: readonly object[]
  readonly results: readonly object[]
  readonly outcome: string
}): string {
  const { path, machine = '', startedAt, steps, results, outcome } = run
  const target = { kind: 'folder', path }
  const about = { tool: 'memhp', startedAt, machine, target, bootId: null }
  const lines = [
    { kind: 'plan', plan: planOf(steps), about },
    ...results.map((entry, index) => ({
      kind: 'result',
      entry: { index, step: steps[index], ...entry },
    })),
    { kind: 'end', outcome },
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
