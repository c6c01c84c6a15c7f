import { captureTree, type FlatTrace, fromFlatView } from '@memhp/capture'
import { readTopology } from '@memhp/topology'
import {
  recordingText,
  TRACE_FOLDERS,
  type TraceFolder,
  tracePaths,
  UEFI_FOLDERS,
} from 'memhp-recordings'
import { beforeAll, describe, expect, test } from 'vitest'
import { holdingsOf, type Prediction, predictBlock } from '../src/index'

/** What these tests need of a recording of a real kernel. */
interface Recording extends FlatTrace {
  readonly steps: readonly {
    readonly op: Readonly<Partial<Record<'path' | 'value' | 'event', string>>> & {
      readonly errno?: number
    }
    readonly result: { readonly errno?: string | null }
    readonly set: Readonly<Record<string, string>>
    readonly gone: readonly string[]
  }[]
}

/** A prediction, and what the real kernel did then. */
interface Case {
  readonly prediction: Prediction
  readonly went: boolean
}

/** Every attempt of a recording to take an online block offline, but for those that a notifier was made to refuse. */
async function casesOf(recording: Recording): Promise<readonly Case[]> {
  const cases: Case[] = []
  const view: Record<string, string> = { ...recording.boot }
  let isInjected = false
  for (const { op, result, set, gone } of recording.steps) {
    const id = /\/memory(\d+)\/state$/.exec(op.path ?? '')?.[1]
    if (id !== undefined && op.value === 'offline' && !isInjected) {
      const capture = fromFlatView({ ...recording, boot: view })
      const topology = await readTopology(captureTree(capture), { arch: capture.arch })
      const block = topology.blocks.find((each) => each.id === Number(id))
      if (block?.state === 'online') {
        const prediction = predictBlock(topology, block, holdingsOf(topology, block))
        cases.push({ prediction, went: result.errno === null || result.errno === undefined })
      }
    }
    if (op.event === 'MEM_GOING_OFFLINE') isInjected = op.errno !== 0
    Object.assign(view, set)
    for (const key of gone) delete view[key]
  }
  return cases
}

const casesIn = async (folders: readonly TraceFolder[]): Promise<readonly Case[]> => {
  const cases: Case[] = []
  for (const path of folders.flatMap(tracePaths)) {
    cases.push(...(await casesOf(JSON.parse(recordingText(path)))))
  }
  return cases
}

/** How many of the cases with such a prediction there are, and of how many it was right. */
function shareOf(
  cases: readonly Case[],
  wanted: Partial<Prediction>,
): { readonly right: number; readonly of: number } {
  const found = cases.filter(
    ({ prediction }) =>
      prediction.outcome === wanted.outcome && prediction.confidence === wanted.confidence,
  )
  const right = found.filter(({ went }) => went === (wanted.outcome === 'goes'))
  return { right: right.length, of: found.length }
}

const ON_S390: readonly TraceFolder[] = ['s390x-6.1', 's390x-7.2']

describe('against recorded kernels, which tell no page flags', () => {
  let cases: readonly Case[] = []

  beforeAll(async () => {
    // The walks were kept because they surprise, and the scenarios of 3.10 because they refuse; what is usual the others tell.
    const apart: readonly TraceFolder[] = ['walks', 'x86_64-3.10', ...ON_S390]
    cases = await casesIn([
      ...TRACE_FOLDERS.filter((folder) => !apart.includes(folder)),
      ...UEFI_FOLDERS,
    ])
  }, 60_000)

  const share = (wanted: Partial<Prediction>): ReturnType<typeof shareOf> => shareOf(cases, wanted)

  test('what is likely to go goes', () => {
    const { right, of } = share({ outcome: 'goes', confidence: 'likely' })
    expect(of).toBeGreaterThan(100)
    expect(right).toBe(of)
  })

  test('what goes with doubt goes four times in five', () => {
    const { right, of } = share({ outcome: 'goes', confidence: 'uncertain' })
    expect(of).toBeGreaterThan(50)
    expect(right / of).toBeGreaterThan(0.8)
  })

  test('what refuses with doubt refuses more often than not', () => {
    const { right, of } = share({ outcome: 'refuses', confidence: 'uncertain' })
    expect(of).toBeGreaterThan(10)
    expect(right / of).toBeGreaterThan(0.6)
  })

  test('what refuses for certain refuses', () => {
    const { right, of } = share({ outcome: 'refuses', confidence: 'certain' })
    expect(right).toBe(of)
  })
})

// Nothing tells boot memory from standby memory that is online, and the kernel takes its own pages from the zone of standby
// memory first: doubt is worth less there.
describe('against recorded kernels of s390x', () => {
  let cases: readonly Case[] = []

  beforeAll(async () => {
    cases = await casesIn(ON_S390)
  }, 60_000)

  test('what is likely to go goes, and what is likely to stay stays', () => {
    for (const outcome of ['goes', 'refuses'] as const) {
      const { right, of } = shareOf(cases, { outcome, confidence: 'likely' })
      expect(of).toBeGreaterThan(3)
      expect(right).toBe(of)
    }
  })

  test('what goes with doubt goes one time in three', () => {
    const { right, of } = shareOf(cases, { outcome: 'goes', confidence: 'uncertain' })
    expect(of).toBeGreaterThan(30)
    expect(right / of).toBeGreaterThan(1 / 3)
  })
})
