import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isAsPredicted, isSurprise, predictionPage } from '../scripts/prediction/page'
import { readResults } from '../scripts/prediction/results'
import type { Trial } from '../scripts/prediction/survey'

const PAGE = new URL('../../../docs/prediction.md', import.meta.url)
const surveys = readResults()
const trials = surveys.flatMap((each) => each.trials)

describe('predictions held against real kernels', () => {
  it('are told by the page as they were', () => {
    expect(predictionPage(surveys)).toBe(readFileSync(PAGE, 'utf8'))
  })

  it('are of 300 blocks at least, of x86, POWER and s390x, and none was a surprise', () => {
    expect(trials.length).toBeGreaterThanOrEqual(300)
    expect(new Set(surveys.map(({ machine }) => machine.split('-')[0]))).toEqual(
      new Set(['x86_64', 'ppc64le', 's390x']),
    )
    expect(trials.filter(isSurprise)).toEqual([])
  })

  it.each([
    ['goes', 'went', true],
    ['goes', 'EBUSY', false],
    ['goes', 'stalled', false],
    ['refuses', 'EINVAL', true],
    ['refuses', 'went', false],
    ['refuses', 'stalled', false],
    ['stalls', 'stalled', true],
    ['stalls', 'went', false],
  ] as const)('“%s” and “%s” agree: %s', (outcome, did, agrees) => {
    const prediction = { outcome, confidence: 'likely', reasons: [] } as const
    const trial: Trial = { block: 1, zone: 'Normal', prediction, outcome: did, log: [] }
    expect(isAsPredicted(trial)).toBe(agrees)
    expect(isSurprise(trial)).toBe(!agrees)
  })
})
