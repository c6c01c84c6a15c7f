/** A step that takes a block offline, as plans have it. */
export const offlineStep = (block: number): object => ({
  kind: 'offline',
  block,
  path: `/sys/devices/system/memory/memory${block}/state`,
  text: 'offline',
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
    { kind: 'plan', plan: { steps, blocks: [] }, about },
    ...results.map((entry, index) => ({
      kind: 'result',
      entry: { index, step: steps[index], ...entry },
    })),
    { kind: 'end', outcome },
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
