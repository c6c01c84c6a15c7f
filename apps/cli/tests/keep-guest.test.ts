import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ReachedGuest, reachGuest } from './reached-guest'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const isAskedFor = process.env.MEMHP_GUESTS === '1'
const suffix = isAskedFor ? '' : ' — SKIPPED: set MEMHP_GUESTS=1 to boot guests'

const POLICY = `memhp-policy: 1
settings: { auto_online_blocks: offline, online_policy: auto-movable, auto_movable_ratio: 200 }
rules: [{ zone: movable, up-to-percent: 40 }]
`

describe.skipIf(!isAskedFor)(`a policy on a real kernel${suffix}`, () => {
  let far: ReachedGuest
  beforeAll(async () => {
    far = await reachGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 768 }], slots: 2, maxMib: 4096 },
    })
    for (const id of ['d1', 'd2']) await far.guest.plug({ id, mib: 128, node: 0 })
  })
  afterAll(() => far?.[Symbol.asyncDispose]())

  it('brings DIMMs online by their share, sets what it holds, and is taken back', async () => {
    const before = await far.states()
    expect(before).toMatch(/memory32 offline/)
    const file = `${far.folder}/policy.yaml`
    writeFileSync(file, POLICY)
    const due = await far.memhp(['keep', file, '--dry-run', ...far.shell])
    expect(due).toMatchObject({ code: 1, stderr: expect.stringContaining('4 writes are due') })
    const once = await far.memhp(['keep', file, '--once', '--yes', ...far.shell])
    expect(once).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/end +4 changed, 0 refused/),
    })
    const states = await far.states()
    expect(states).toContain('memory32 online Movable')
    expect(states).toContain('memory33 online Movable')
    const policy = await far.guest.run('cat /sys/module/memory_hotplug/parameters/online_policy')
    expect(policy.stdout).toBe('auto-movable\n')
    const undone = await far.memhp(['undo', '--yes', ...far.shell])
    expect(undone).toMatchObject({ code: 0, stdout: expect.stringContaining('as it was') })
    const again = await far.guest.run('cat /sys/module/memory_hotplug/parameters/online_policy')
    expect(again.stdout).toBe('contig-zones\n')
    expect(await far.states()).toBe(before)
  })
})
