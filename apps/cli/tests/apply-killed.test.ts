import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FarGuest, startFarGuest } from './far-guest'
import { FAR_WORLDS } from './far-worlds'
import { atLine } from './journal-lines'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

/** Lines of the journal of two blocks that go offline and a device that is removed: the plan, two for each step, the end. */
const LINES = 8

/** Every moment at which journal and machine may differ: behind each line, and before each that tells of a write. */
const MOMENTS = Array.from({ length: LINES }, (_, index) => index + 1).flatMap((line) => {
  const tellsOfWrite = line > 1 && line % 2 === 1
  return tellsOfWrite
    ? ([
        [line, 'before'],
        [line, 'behind'],
      ] as const)
    : ([[line, 'behind']] as const)
})

for (const world of FAR_WORLDS)
  describe.skipIf(!world.runs)(`memhp that is killed, on a real kernel: ${world.title}`, () => {
    let far: FarGuest
    let blocks: readonly number[] = []
    let before = ''

    beforeAll(async () => {
      far = await startFarGuest(world)
      blocks = await far.plug({ id: 'd1', mib: 2 * world.blockMib, node: 1 }, 'online_movable')
      before = await far.states()
    })
    afterAll(() => far?.[Symbol.asyncDispose]())

    const undo = async (): Promise<void> => {
      expect(await far.memhp(['undo', ...far.monitorFlags])).toMatchObject({ code: 0 })
      expect(await far.states()).toBe(before)
      expect(await far.guest.devices()).toHaveLength(1)
    }

    it.each(MOMENTS)(
      'at line %i of its journal, %s it, goes on or takes all back',
      async (line, when) => {
        const file = await far.plan(blocks)
        const killed = await far.memhp(['apply', file, ...far.monitorFlags], {
          environment: atLine(line, when),
        })
        expect(killed, JSON.stringify(killed)).toMatchObject({ code: null })
        if (line < LINES && when === 'behind') {
          expect(await far.memhp(['apply', '--resume', ...far.monitorFlags])).toMatchObject({
            code: 0,
          })
          expect(await far.guest.devices()).toEqual([])
        }
        await undo()
      },
    )

    it('at every line of taking back, goes on taking back', async () => {
      const file = await far.plan(blocks)
      expect(await far.memhp(['apply', file, ...far.monitorFlags])).toMatchObject({ code: 0 })
      for (const [line, when] of [
        [1, 'behind'],
        [2, 'behind'],
        [3, 'before'],
        [3, 'behind'],
        [4, 'behind'],
      ] as const) {
        const killed = await far.memhp(['undo', ...far.monitorFlags], {
          environment: atLine(line, when),
        })
        expect(killed, JSON.stringify(killed)).toMatchObject({ code: null })
      }
      await undo()
    })
  })
