import { captureTree, type FlatTrace, fromFlatView } from '@memhp/capture'
import { readTopology } from '@memhp/topology'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'
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
      const topology = await readTopology(captureTree(fromFlatView({ ...recording, boot: view })))
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

describe('against recorded kernels, which tell no page flags', () => {
  const cases: Case[] = []

  beforeAll(async () => {
    // The walks were kept because they surprise, and the scenarios of 3.10 because they refuse; in those of 7.2 one block that
    // came online in a kernel zone is tried again and again. What is usual the others tell.
    const apart: readonly string[] = ['walks', 'x86_64-3.10', 's390x-7.2']
    const usual = TRACE_FOLDERS.filter((folder) => !apart.includes(folder))
    for (const path of usual.flatMap(tracePaths)) {
      cases.push(...(await casesOf(JSON.parse(recordingText(path)))))
    }
  }, 60_000)

  const share = (wanted: Partial<Prediction>): { right: number; of: number } => {
    const found = cases.filter(
      ({ prediction }) =>
        prediction.outcome === wanted.outcome && prediction.confidence === wanted.confidence,
    )
    const right = found.filter(({ went }) => went === (wanted.outcome === 'goes'))
    return { right: right.length, of: found.length }
  }

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
