import { beforeAll, describe, expect, test } from 'vitest'
import { BlockColumns } from '../map/block-columns'
import { slotOf } from '../map/layout'
import type { MachineView } from '../protocol/machine-view'
import { pageCell } from '../protocol/page-cells'
import type { Timeline } from '../protocol/timeline'
import { ModelSession } from './session'

const NODE_2 = { kind: 'node', node: 2 } as const

describe('the first scene', () => {
  const session = new ModelSession()
  let machine: MachineView
  let timeline: Timeline

  beforeAll(async () => {
    machine = (await session.open({ source: { kind: 'scene', scene: 'first' } })).machine
    timeline = await session.remove({ goal: NODE_2, fault: null })
  })

  test('has a device that can go, and one that cannot', () => {
    expect(machine.outlook?.obstacles).toMatchObject([
      { what: 'memory reserved at boot', block: 15, sizeBytes: 2 ** 28 },
      { block: 0 },
      { what: 'kernel memory (slab, stacks, driver buffers)', block: 58 },
    ])
    expect(machine.outlook?.devices.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['PNP0C80:00', 'goes'],
      ['PNP0C80:01', 'refuses'],
    ])
  })

  test('loses node 2, and all six structures with it', () => {
    expect(timeline.outcome).toBe('removed')
    expect(timeline.balanced).toBe(true)
    const last = timeline.structures.at(-1)
    expect(last).toMatchObject({
      deviceRanges: 0,
      firmwareEntries: 0,
      iomemLines: 0,
      sections: 0,
      blocks: 0,
      files: 0,
    })
    expect(last?.tables.direct.every(({ leaves }) => leaves.length === 0)).toBe(true)
    expect(last?.nodes).toEqual([{ id: 2, online: false, isGoing: true }])
    expect(timeline.structures[0]).toMatchObject({
      deviceRanges: 1,
      firmwareEntries: 1,
      sections: 8,
      blocks: 8,
    })
  })

  test('frees them one after the other, within the removal', () => {
    const removal = timeline.frames.filter(({ step }) => step?.operation === 'remove')
    const firsts = (is: (at: number) => boolean): string | undefined =>
      removal.find(({ structures }) => is(structures))?.step?.step
    const at = (index: number) => timeline.structures[index]
    expect(firsts((index) => at(index)?.firmwareEntries === 0)).toBe('firmware map')
    expect(firsts((index) => at(index)?.blocks === 0)).toBe('blocks')
    expect(firsts((index) => at(index)?.sections === 0)).toBe('arch')
    expect(firsts((index) => at(index)?.iomemLines === 0)).toBe('resource')
  })

  test('can be gone through to the end and back', () => {
    const columns = new BlockColumns(machine, timeline)
    const before = columns.state.slice()
    for (const { blocks } of timeline.frames) columns.apply(blocks, 'on')
    expect(columns.cell(slotOf(columns.layout, 48))).toBeNull()
    expect(columns.cell(slotOf(columns.layout, 47))?.state).toBe('online')
    for (const { blocks } of timeline.frames.toReversed()) columns.apply(blocks, 'back')
    expect(columns.state).toEqual(before)
  })

  test('shows pages as they were at each moment', () => {
    const kindsAt = (frame: number): Set<number> =>
      new Set(session.cells({ block: 48, frame })?.cells)
    const isolated = timeline.frames.findIndex(
      ({ step, deed }) => step?.step === 'isolate' && timeline.deeds[deed]?.blocks[0] === 48,
    )
    const migrated = timeline.frames.findIndex(
      ({ step, deed }) => step?.step === 'migrate' && timeline.deeds[deed]?.blocks[0] === 48,
    )
    expect(kindsAt(0).has(pageCell('movable'))).toBe(true)
    expect(kindsAt(isolated).has(pageCell('movable'))).toBe(true)
    expect(kindsAt(migrated)).toEqual(new Set([pageCell('isolated')]))
    expect(kindsAt(timeline.frames.length - 1)).toEqual(new Set([pageCell('absent')]))
  })

  test('is rolled back where a step is made to fail, and says which', async () => {
    const fault = { deed: 2, point: 'offline/migrate', pass: 0 }
    const failed = await session.remove({ goal: NODE_2, fault })
    expect(failed.outcome).toBe('refused')
    expect(failed.deeds.map(({ outcome, isUndo }) => [outcome, isUndo])).toEqual([
      ['done', false],
      ['done', false],
      ['refused', false],
      ['done', true],
      ['done', true],
    ])
    const marks = failed.frames.flatMap(({ step }) =>
      step === null ? [] : `${step.step} ${step.phase}`,
    )
    expect(marks).toContain('migrate failed')
    expect(marks).toContain('per-cpu undone')
    const columns = new BlockColumns(machine, failed)
    const before = columns.state.slice()
    for (const { blocks } of failed.frames) columns.apply(blocks, 'on')
    expect(columns.state).toEqual(before)
  })

  test('links its page tables: each leads to what lies below, and has its leaves', () => {
    const shapeAt = (at: number) => {
      const { direct, vmemmap } = timeline.structures.at(at)?.tables.trees ?? {}
      const linked = (tree: typeof direct) =>
        tree?.map(({ level, parent, leaves }) => [
          level,
          parent === null ? null : tree[parent]?.level,
          ...leaves.map(({ leafBytes, count }) => `${count} × ${leafBytes}`),
        ])
      return [linked(direct), linked(vmemmap)]
    }
    expect(shapeAt(0)).toEqual([
      [
        ['PGD', null],
        ['PUD', 'PGD', `1 × ${2 ** 30}`],
      ],
      [
        ['PGD', null],
        ['PUD', 'PGD'],
        ['PMD', 'PUD', `8 × ${2 ** 21}`],
      ],
    ])
    expect(shapeAt(-1)[0]).toEqual([
      ['PGD', null],
      ['PUD', 'PGD'],
    ])
  })

  test('tells of every point that is passed, of core and of firmware, at the moment behind it', () => {
    const points = (of: (step: string | undefined, deed: number) => boolean): readonly string[] => [
      ...new Set(
        timeline.frames
          .filter(({ step, deed }) => of(step?.step, deed))
          .flatMap((frame) => frame.points.map(({ point }) => point)),
      ),
    ]
    expect(points((step) => step === 'notify')).toEqual([
      'offline/notify',
      'chain/MEM_GOING_OFFLINE',
    ])
    expect(points((step) => step === 'migrate')).toEqual(['offline/migrate', 'migration/page'])
    // What the page reads of a device in between is not of the removal.
    expect(points((step) => step === 'arch')).toEqual(['remove/arch'])
    expect(points((step, deed) => step === undefined && deed === 8)).toEqual([
      'acpi/_EJ0',
      'acpi/_STA',
    ])
    expect(timeline.points['migration/page']).toEqual({
      what: 'the migration of single pages',
      errno: 'ENOMEM',
    })
  })

  test.each([
    { point: 'chain/MEM_GOING_OFFLINE', deed: 1, pass: 0, outcome: 'refused', step: 'notify' },
    // One try of many: the kernel tries again.
    { point: 'migration/page', deed: 7, pass: 0, outcome: 'removed', step: 'migrate' },
    { point: 'migration/page', deed: 7, pass: null, outcome: 'refused', step: 'migrate' },
    { point: 'remove/arch', deed: 8, pass: 0, outcome: 'refused', step: 'arch' },
  ] as const)(
    'meets a failure of $point ($pass) within its step',
    async ({ outcome, step, ...fault }) => {
      const broken = await session.remove({ goal: NODE_2, fault })
      expect(broken.outcome).toBe(outcome)
      const at = broken.frames[broken.brokeAt ?? -1]
      expect([at?.deed, at?.step?.step]).toEqual([fault.deed, step])
      expect(at?.step?.phase).toBe(outcome === 'refused' ? 'failed' : 'done')
    },
  )

  test('says why the other device stays', async () => {
    const refused = await session.remove({
      goal: { kind: 'device', device: 'PNP0C80:01' },
      fault: null,
    })
    expect(refused.outcome).toBe('refused')
    expect(refused.why).toMatchObject({ errno: 'EBUSY', block: 58 })
    expect(refused.why?.remedies.length).toBeGreaterThan(0)
  })
})

test('64 TiB open at once, as a few runs', async () => {
  const { machine } = await new ModelSession().open({ source: { kind: 'scene', scene: 'huge' } })
  expect(machine.memoryBytes).toBe(64 * 2 ** 40)
  expect(machine.runs.length).toBeLessThan(64)
  expect(new BlockColumns(machine, null).layout.slots).toBe(524_288)
  expect(machine.outlook).toBeNull()
})

test('what is worked out by itself is what is worked out at once', async () => {
  const source = { kind: 'scene', scene: 'first' } as const
  const { machine } = await new ModelSession().open({ source })
  expect(await new ModelSession().outlook({ source }, () => {})).toEqual(machine.outlook)
})
