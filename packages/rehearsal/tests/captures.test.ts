import { type Capture, parseCapture } from '@memhp/capture'
import { restoreSnapshot, takeSnapshot } from '@memhp/core'
import type { RemovalGoal } from '@memhp/planner'
import { PLUGINS } from '@memhp/platforms'
import { type BlockContents, readTopology } from '@memhp/topology'
import { twinOf } from '@memhp/twin'
import { captureNames, captureText } from 'memhp-captures'
import { describe, expect, test } from 'vitest'
import { type Rehearsal, rehearse } from '../src/index'

const NAMES = captureNames().filter((name) => /^(?:x86_64|ppc64le)/.test(name))

const load = (name: string): Capture => parseCapture(captureText(name))

async function twinOfCapture(name: string) {
  const capture = load(name)
  const { machine } = await twinOf(capture, PLUGINS)
  const pages = new Map<number, BlockContents>(
    capture.pages?.blocks.map((block) => [block.id, block]) ?? [],
  )
  const topology = await readTopology(machine.tree, { contents: (id) => pages.get(id) })
  const fresh = takeSnapshot(machine)
  /** Rehearses a goal, and puts the twin back. */
  const tryGoal = async (goal: RemovalGoal): Promise<Rehearsal> => {
    const rehearsal = await rehearse(machine, topology, goal)
    restoreSnapshot(machine, fresh)
    return rehearsal
  }
  return { topology, tryGoal }
}

describe.each(NAMES)('on the twin of %s', (name) => {
  const twin = twinOfCapture(name)

  test('each block does what was predicted', async () => {
    const { topology, tryGoal } = await twin
    const wrong: string[] = []
    for (const { id, state } of topology.blocks) {
      const { plan, outcome } = await tryGoal({ kind: 'blocks', blocks: [id] })
      const { outcome: expected, confidence } = plan.prediction
      const went = outcome !== 'refused'
      if (state === 'offline') expect(expected).toBe('already-offline')
      else if (confidence !== 'uncertain' && went !== (expected === 'goes')) {
        wrong.push(`memory${id}: ${expected}, ${confidence}; ${outcome}`)
      }
    }
    expect(wrong).toEqual([])
  }, 60_000)

  test('every run balances, whether the device goes or not', async () => {
    const { topology, tryGoal } = await twin
    for (const device of topology.devices) {
      if (device.blocks.length === 0) continue
      const { balance, outcome, diagnosis } = await tryGoal({
        kind: 'device',
        devices: [device.name],
      })
      expect(balance.rows.filter(({ balanced }) => !balanced)).toEqual([])
      expect(diagnosis === null).toBe(outcome !== 'refused')
    }
  }, 60_000)

  test('every refusal names a block, a reason and what helps', async () => {
    const { topology, tryGoal } = await twin
    for (const { id } of topology.blocks) {
      const { diagnosis, asBefore, execution } = await tryGoal({ kind: 'blocks', blocks: [id] })
      if (diagnosis === null) continue
      expect(diagnosis.block).toBe(id)
      expect(diagnosis.reason).not.toBe('unknown')
      expect(diagnosis.message).toContain(`memory${id}`)
      expect(diagnosis.remedies.length).toBeGreaterThan(0)
      if (diagnosis.code === 'UNMOVABLE_PAGE') expect(diagnosis.page).not.toBeNull()
      expect(execution.leftovers).toEqual([])
      expect(asBefore).toBe(true)
    }
  }, 60_000)
})
