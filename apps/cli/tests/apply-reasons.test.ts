import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Errno } from '@memhp/core'
import { type Explanation, type Plan, parseJournal, type ReasonKind } from '@memhp/planner'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FarGuest, type Look, startFarGuest } from './far-guest'
import { FAR_WORLDS } from './far-worlds'
import { crashAt, OBSTACLES, type Obstacle, type Site } from './obstacles'
import { runCli } from './run-cli'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

/** What a command makes of a capture. */
const asked = async <T>(args: readonly string[], { file }: Look): Promise<T> =>
  JSON.parse((await runCli([...args, '--capture', file, '--json'])).stdout) as T

for (const world of FAR_WORLDS)
  describe.skipIf(!world.runs)(`what keeps memory on a real kernel: ${world.title}`, () => {
    let far: FarGuest
    let site: Site

    beforeAll(async () => {
      far = await startFarGuest(world, { cmdline: `crashkernel=64M@${crashAt(world)}M` })
      const mib = 4 * world.blockMib
      const movable = await far.plug({ id: 'd1', mib, node: 1 }, 'online_movable')
      site = { far, world, movable }
    })
    afterAll(() => far?.[Symbol.asyncDispose]())

    /** What is said of the block that was refused, with the kernel's log of the attempt. */
    const explain = async (
      block: string,
      errno: Errno,
      look: Look,
    ): Promise<readonly ReasonKind[]> => {
      const log = join(dirname(look.file), 'dmesg')
      writeFileSync(log, await far.guest.kernelLog())
      const words = ['explain', `memory${block}`, errno, '--dmesg', log]
      const { explanations } = await asked<{ explanations: readonly Explanation[] }>(words, look)
      return explanations.flatMap(({ causes }) => causes.map(({ kind }) => kind))
    }

    const meet = async ({
      blocks,
      predicted,
      orPredicted = predicted,
      errno,
      explained,
    }: Obstacle): Promise<void> => {
      const look = await far.look()
      const goal = blocks(site, look.topology)
      const { plan } = await asked<{ plan: Plan }>(
        ['plan', goal.map((id) => `memory${id}`).join(',')],
        look,
      )
      const { outcome, reasons } = plan.prediction
      const foretold = [predicted, orPredicted].map(([what, why]) => [what, why])
      expect(foretold).toContainEqual([outcome, reasons[0]?.kind])

      const before = await far.states()
      const highestFirst = (goal[0] ?? 0) < (goal.at(-1) ?? 0)
      const file = await far.plan(goal, highestFirst ? 'descending' : 'ascending')
      await far.guest.run('dmesg -c >/dev/null')
      const run = await far.memhp(['apply', file, '--patience', '4', '--on-stuck', 'stop'])
      const [, block, answer] =
        /memory(\d+) goes offline: refused with (\w+)/.exec(run.stderr) ?? []
      expect([run.code, answer]).toEqual([1, errno])
      expect(run.stderr).toContain('Everything is as it was')
      expect(await far.states()).toBe(before)
      const journal = /Journal: (\S+)/.exec(run.stderr)?.[1] ?? ''
      const recorded = parseJournal(readFileSync(journal, 'utf8'))
      expect(recorded).toMatchObject({ outcome: 'refused', pending: null })
      const undone = recorded.undone.map(({ result }) => result.kind)
      expect(undone).toEqual(recorded.journal.slice(1).map(() => 'done'))
      expect(await explain(block ?? '', errno, look)).toContain(explained)
    }

    it.each(OBSTACLES.filter(({ on }) => on?.(world) ?? true))(
      '$what: foretold, refused, put back, explained',
      async (obstacle) => {
        try {
          await obstacle.arrange?.(site)
          await meet(obstacle)
        } finally {
          await obstacle.release?.(site)
        }
      },
    )
  })
