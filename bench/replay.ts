import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'
import { COMMAND, runNode } from './command'
import { median, type Row, sample } from './measure'

const RECORDINGS = fileURLToPath(new URL('../recordings/', import.meta.url))

function replay(): void {
  runNode([COMMAND, 'replay', ...TRACE_FOLDERS.map((folder) => RECORDINGS + folder)])
}

/** What the ratio was on two processors when one thread read and compared the whole flat view after each step. */
const BEFORE = '137x to 200x'

/**
 * `memhp replay` of every recording, from start to end of the process, which uses all processors, beside what cannot be avoided:
 * unpacking and parsing them, on one.
 */
export function replayRow(): Row {
  const paths = TRACE_FOLDERS.flatMap(tracePaths)
  const read = (): unknown => paths.map((path): unknown => JSON.parse(recordingText(path)))
  // In turn, so that both have the same machine, and often, as either varies by a tenth.
  const rounds = Array.from({ length: 7 }, () => ({
    replaying: sample(1, replay),
    reading: sample(5, read),
  }))
  const replaying = median(rounds.flatMap((round) => round.replaying))
  const reading = median(rounds.flatMap((round) => round.reading))
  return {
    what: `memhp replay of ${paths.length} recordings, the whole process, ${availableParallelism()} processors`,
    figure: `${(replaying / 1000).toFixed(2)} s`,
    baseline: `unpack and parse them: ${reading.toFixed(0)} ms (before: ${BEFORE})`,
    ratio: replaying / reading,
    target: 'at most 40x',
    met: replaying / reading <= 40,
  }
}
