import { fileURLToPath } from 'node:url'
import { COMMAND, runNode } from './command'
import { median, type Row, sample } from './measure'

const CAPTURE = fileURLToPath(new URL('../captures/x86_64-three-nodes.json.gz', import.meta.url))
const RUNS = 25

/** `memhp list` of a small capture beside the least that a program of Node's takes, both from start to end of the process. */
export function startRow(): Row {
  const least: number[] = []
  const listing: number[] = []
  // In turns, so that what else the machine does slows both.
  for (let run = 0; run < RUNS; run++) {
    least.push(...sample(1, () => runNode(['-e', '0'])))
    listing.push(...sample(1, () => runNode([COMMAND, 'list', CAPTURE])))
  }
  const ratio = median(listing) / median(least)
  return {
    what: 'memhp list of a small capture, the whole process',
    figure: `${median(listing).toFixed(0)} ms`,
    baseline: `node -e 0: ${median(least).toFixed(0)} ms (3.8x before the command was one bundle)`,
    ratio,
    target: 'at most 1.6x',
    met: ratio <= 1.6,
  }
}
