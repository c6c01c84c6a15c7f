import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FarGuest, startFarGuest } from './far-guest'
import { FAR_WORLDS } from './far-worlds'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const MS_INTO_THE_RUN = 6000

/** Acts while a run that has begun waits for pages to move. */
const whenUnderWay =
  (act: (child: ChildProcess) => void) =>
  (child: ChildProcess): void => {
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += chunk
      if (said.includes('is to be changed')) setTimeout(() => act(child), MS_INTO_THE_RUN)
    })
  }

for (const world of FAR_WORLDS)
  describe.skipIf(!world.runs)(`memhp apply on a real kernel: ${world.title}`, () => {
    let far: FarGuest
    /** Blocks of a DIMM, in Movable. */
    let movable: readonly number[] = []
    const mib = 4 * world.blockMib

    beforeAll(async () => {
      far = await startFarGuest(world)
      movable = await far.plug({ id: 'd1', mib, node: 1 }, 'online_movable')
    })
    afterAll(() => far?.[Symbol.asyncDispose]())

    it.skipIf(world.goesWhole)('carries a plan out, and undo takes it back', async () => {
      const before = await far.states()
      const file = await far.plan(movable.slice(1))
      const run = await far.memhp(['apply', file])
      expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('of the host guest') })
      const after = await far.states()
      for (const id of movable.slice(1)) expect(after).not.toContain(`memory${id} online`)
      expect(await far.memhp(['undo'])).toMatchObject({ code: 0 })
      expect(await far.states()).toBe(before)
    })

    it('puts everything back where a later block is refused', async () => {
      const before = await far.states()
      const file = await far.plan([...movable.slice(0, 2), 0])
      const run = await far.memhp(['apply', file])
      expect(run.stderr).toMatch(/memory0 goes offline: refused with (?:EINVAL|EBUSY)/)
      expect(run).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Everything is as it was'),
      })
      expect(await far.states()).toBe(before)
    })

    it('puts everything back where a driver vetoes', async () => {
      const before = await far.states()
      const file = await far.plan(movable.slice(1))
      await far.guest.inject({ event: 'MEM_GOING_OFFLINE', errno: -16 })
      const run = await far.memhp(['apply', file])
      await far.guest.inject({ event: 'MEM_GOING_OFFLINE', errno: 0 })
      expect(run).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Everything is as it was'),
      })
      expect(await far.states()).toBe(before)
    })

    it('has QEMU unplug a device, and undo plugs it again', async () => {
      const before = await far.states()
      const file = await far.plan(movable)
      const run = await far.memhp(['apply', file, ...far.monitorFlags])
      expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/removed in \d+ steps/) })
      expect(await far.guest.devices()).toEqual([])
      expect(await far.states()).not.toContain(`memory${movable[0]} `)
      expect(await far.memhp(['undo', ...far.monitorFlags])).toMatchObject({ code: 0 })
      expect(await far.guest.devices()).toHaveLength(1)
      expect(await far.states()).toBe(before)
    })

    it('has QEMU unplug and plug a device again and again', async () => {
      const before = await far.states()
      const file = await far.plan(movable)
      const run = await far.memhp(['apply', file, ...far.monitorFlags, '--cycles', '2'])
      expect(run).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('2 of 2 cycles carried out and taken back'),
      })
      expect(await far.guest.devices()).toHaveLength(1)
      expect(await far.states()).toBe(before)
    })

    describe('where what has to move finds no room', () => {
      let file = ''
      let before = ''
      const fill = (node: number, mib: number): Promise<unknown> =>
        far.guest.run(
          `mkdir -p /mnt/n${node} && mount -t tmpfs -o mpol=bind:${node},size=${mib + 8}M z /mnt/n${node} && dd if=/dev/zero of=/mnt/n${node}/x bs=1048576 count=${mib} status=none`,
        )
      beforeAll(async () => {
        // What may not move to a kernel zone finds room in Movable alone, which is full: programs live on what is free of the DIMM.
        await far.plug({ id: 'd2', mib: 1024, node: 0 }, 'online_movable')
        await far.guest.run(
          `cd /proc/sys/vm && awk '{ for (i = 1; i <= NF; i++) printf "1 " }' lowmem_reserve_ratio >/run/ratio && cat /run/ratio >lowmem_reserve_ratio`,
        )
        await fill(1, mib - 60)
        await fill(0, 1000)
        before = await far.states()
        file = await far.plan(movable.slice(0, 2))
      })

      it('is stopped when it makes no progress, and put back', async () => {
        const run = await far.memhp(['apply', file, '--patience', '4', '--on-stuck', 'stop'])
        expect(run.stderr).toMatch(
          /is stuck: no progress for \d+ s: .*(?:attempts to move pages failed|log ends with)/,
        )
        expect(run.stderr).toContain('Everything is as it was')
        expect(run.code).toBe(1)
        expect(await far.states()).toBe(before)
      })

      it('is put back at Ctrl-C', async () => {
        const run = await far.memhp(['apply', file], {
          onStart: whenUnderWay((child) => child.kill('SIGINT')),
        })
        expect(run.stderr).toContain('interrupted. Everything is as it was')
        expect(run.code).toBe(130)
        expect(await far.states()).toBe(before)
      })

      it('tells of a guest that dies, and where the journal is', async () => {
        const run = await far.memhp(['apply', file], {
          onStart: whenUnderWay(() => void far.guest.stop()),
        })
        expect(run.stderr).toMatch(
          /the connection to the host guest has ended.*Journal: .*\nTry: memhp apply --resume/,
        )
        expect(run.code).toBe(3)
      })
    })
  })
