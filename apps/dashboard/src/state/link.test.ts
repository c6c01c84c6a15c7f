import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GoalWish } from '../protocol/machine-view'
import { goalText, type LinkState, linkFragment, readFragment, readGoalText } from './link'

const goals: fc.Arbitrary<GoalWish> = fc.oneof(
  fc.record({ kind: fc.constant('node' as const), node: fc.nat(1023) }),
  fc.record({
    kind: fc.constant('device' as const),
    device: fc.stringMatching(/^[A-Za-z0-9:@.]{1,20}$/),
  }),
  fc.record({ kind: fc.constant('size' as const), sizeBytes: fc.integer({ min: 1 }) }),
  fc.record({
    kind: fc.constant('blocks' as const),
    blocks: fc.array(fc.nat(), { minLength: 1, maxLength: 9 }),
  }),
)

const links: fc.Arbitrary<LinkState> = fc.record({
  scene: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
  goal: fc.option(goals),
  frame: fc.nat(5000),
  by: fc.constantFrom('outlook' as const, 'zone' as const, 'state' as const),
  fault: fc.option(
    fc.record({
      deed: fc.nat(99),
      point: fc.constantFrom('offline/migrate', 'memory/page-table', 'chain/MEM_GOING_OFFLINE'),
      pass: fc.option(fc.nat(999)),
    }),
  ),
  ran: fc.constant(true),
})

describe('a link', () => {
  test('says all that it is read for', () => {
    fc.assert(
      fc.property(links, (link) => {
        expect(readFragment(`#${linkFragment(link)}`)).toEqual(link)
      }),
    )
  })

  test('that a person has typed never breaks the page', () => {
    fc.assert(fc.property(fc.string(), (text) => void readFragment(text)))
    expect(readFragment('')).toBeNull()
    expect(readFragment('scene=first&at=-3&colour=pink&remove=node:x&fail=a/b')).toEqual({
      scene: 'first',
      goal: null,
      frame: 0,
      by: 'outlook',
      fault: null,
      ran: true,
    })
  })
})

test.each(['', 'node', 'node:', 'node:-1', 'node:1.5', 'size:0', 'blocks:1,x', 'disk:1'])(
  '“%s” is not a goal',
  (text) => {
    expect(readGoalText(text)).toBeNull()
  },
)

test('names of devices may have colons', () => {
  expect(readGoalText(goalText({ kind: 'device', device: 'PNP0C80:00' }))).toEqual({
    kind: 'device',
    device: 'PNP0C80:00',
  })
})
