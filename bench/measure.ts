import Table from 'cli-table3'

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly figure: string
  readonly baseline: string
  readonly ratio: number | undefined
  readonly target: string
  readonly met: boolean
}

/**
 * Runs `act` as often unmeasured as measured, so that the compiler has seen it, and then `count` times.
 * @returns milliseconds of each measured run
 */
export function sample(count: number, act: () => unknown): number[] {
  if (count > 1) for (let i = 0; i < count; i++) act()
  return Array.from({ length: count }, () => {
    const start = performance.now()
    act()
    return performance.now() - start
  })
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Bytes of heap and buffers after collecting garbage. */
function bytesInUse(): number {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc, as `pnpm bench` does.')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const kept: unknown[] = []

/** Bytes that what `make` returns adds to the process. */
export function bytesHeld(make: () => unknown): number {
  const before = bytesInUse()
  kept.push(make())
  return bytesInUse() - before
}

export function showTable(rows: readonly Row[]): void {
  const table = new Table({ head: ['', 'figure', 'baseline', 'ratio', 'target', 'met'] })
  for (const row of rows) {
    table.push([
      row.what,
      row.figure,
      row.baseline,
      row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}x`,
      row.target,
      row.met ? 'yes' : 'NO',
    ])
  }
  console.log(table.toString())
}
