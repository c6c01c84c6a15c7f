import { parseNumberList } from '@memhp/kernel-files'
import type { Plan, PlannedBlock } from '@memhp/planner'
import { describe, expect, it, vi } from 'vitest'
import { rehearse } from './rehearse'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

const GOALS = [
  ['x86_64-three-nodes', ['--remove-node', '0']],
  ['x86_64-three-nodes', ['--remove-node', '1']],
  ['x86_64-three-nodes', ['--remove-blocks', '7']],
  ['x86_64-dimms-zones', ['--remove', 'PNP0C80:00']],
  ['x86_64-dimms-zones', ['--remove-node', '0']],
  ['ppc64le-radix-three-nodes', ['--remove-node', '1']],
  ['ppc64le-radix-three-nodes', ['--remove-blocks', '8-9']],
] as const

const ids = (blocks: readonly PlannedBlock[]): readonly number[] => blocks.map(({ id }) => id)

describe.each(GOALS)('the refusal of %s %j', (name, goal) => {
  const report = rehearse(name, goal)
  const verdict = async (): Promise<string> => (await report).trimEnd().split('\n').at(-1) ?? ''
  const plan = async (): Promise<Plan> => JSON.parse(await rehearse(name, [...goal, '--json'])).plan

  it('names the blocks that cannot go offline, and none that the plan lets go', async () => {
    const [, list = ''] = /memory([\d,-]+) cannot go offline/.exec(await verdict()) ?? []
    const named = parseNumberList(list, 4096)
    expect(named.length).toBeGreaterThan(0)
    const { blocks } = await plan()
    const going = blocks.filter(({ prediction }) => prediction.outcome === 'goes')
    expect(ids(going).filter((id) => named.includes(id))).toEqual([])
    const certain = blocks.filter(
      ({ prediction: { outcome, confidence } }) =>
        outcome === 'refuses' && confidence === 'certain',
    )
    expect(named).toEqual(expect.arrayContaining([...ids(certain)]))
  })

  it('says of no block that it can go', async () => {
    for (const { message } of (await plan()).warnings) expect(message).not.toContain('can go')
    expect(await verdict()).not.toContain('can go')
  })

  it('says that the node stays where a node was to go', async () => {
    const [, node] = goal
    const expected = goal[0] === '--remove-node' ? `, so node ${node} stays.` : 'captured'
    expect(await verdict()).toContain(expected)
  })
})
