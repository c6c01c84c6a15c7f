import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { atLine } from './journal-lines'
import { type ReachedGuest, reachGuest } from './reached-guest'
import type { CliRun } from './run-cli'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const isAskedFor = process.env.MEMHP_GUESTS === '1'
const suffix = isAskedFor ? '' : ' — SKIPPED: set MEMHP_GUESTS=1 to boot guests'

const MIB = 2 ** 20

const runOn = (
  far: ReachedGuest,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<CliRun> => far.memhp([...args, ...far.shell, '--qmp', far.monitor], more)

const sizesOf = async ({ guest }: ReachedGuest): Promise<unknown> =>
  (await guest.qmp.execute('query-memory-devices')).map(({ data }) => data)

describe.skipIf(!isAskedFor)(`another size of a virtio-mem device of a guest${suffix}`, () => {
  let far: ReachedGuest
  beforeAll(async () => {
    far = await reachGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 768 }], slots: 1, maxMib: 8192 },
      cmdline: 'memhp_default_state=online_movable',
      modules: ['virtio_pci?', 'virtio_mem'],
      resizables: { devices: [{ id: 'vm0', maxMib: 1024, node: 0, requestedMib: 512 }] },
    })
  })
  afterAll(() => far?.[Symbol.asyncDispose]())

  const memhp = (
    args: readonly string[],
    more?: Readonly<Record<string, string>>,
  ): Promise<CliRun> => runOn(far, args, more)
  const sizes = (): Promise<unknown> => sizesOf(far)
  let plans = 0
  const plan = async (goal: string, ...flags: readonly string[]): Promise<string> => {
    const file = `${far.folder}/size${++plans}.json`
    const run = await memhp(['plan', goal, ...flags, '-o', file])
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining(`Wrote ${file}`) })
    return file
  }

  it('shrinks it, and undo gives it its size again', async () => {
    const before = await far.states()
    const run = await memhp(['apply', await plan('virtio0=128M'), '--yes'])
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('it has 128M, and had 512M'),
    })
    expect(await sizes()).toMatchObject([{ size: 128 * MIB, 'requested-size': 128 * MIB }])
    const states = await far.states()
    expect(states).toContain('memory32 online Movable')
    expect(states).not.toContain('memory33 ')
    expect(await memhp(['undo', '--yes'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Everything is as it was'),
    })
    expect(await far.states()).toBe(before)
  })

  it('grows it', async () => {
    const before = await far.states()
    expect(await memhp(['apply', await plan('virtio0=768M'), '--yes'])).toMatchObject({ code: 0 })
    expect(await sizes()).toMatchObject([{ size: 768 * MIB }])
    expect(await far.states()).toContain('memory37 online Movable')
    expect(await memhp(['undo', '--yes'])).toMatchObject({ code: 0 })
    expect(await far.states()).toBe(before)
  })

  it('refuses a size that QEMU would not take, and a guest that no monitor is named of', async () => {
    const file = await plan('virtio0=129M')
    expect(await memhp(['apply', file, '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('virtio0 (vm0) takes multiples of 2M up to 1G, not 129M'),
    })
    const run = await far.memhp(['apply', file, ...far.shell, '--yes'])
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('--qmp SOCKET') })
    expect(await sizes()).toMatchObject([{ size: 512 * MIB }])
  })

  it.each([
    ['gone on with', 2, 'behind'],
    ['taken back', 2, 'behind'],
    ['taken back', 3, 'before'],
  ] as const)('is %s when memhp was killed at line %i, %s it', async (how, line, when) => {
    const before = await far.states()
    const file = await plan('virtio0=256M')
    expect(await memhp(['apply', file, '--yes'], atLine(line, when))).toMatchObject({ code: null })
    if (how === 'gone on with') {
      expect(await memhp(['apply', '--resume', '--yes'])).toMatchObject({ code: 0 })
      expect(await sizes()).toMatchObject([{ size: 256 * MIB }])
    }
    expect(await memhp(['undo', '--yes'])).toMatchObject({ code: 0 })
    expect(await sizes()).toMatchObject([{ size: 512 * MIB, 'requested-size': 512 * MIB }])
    expect(await far.states()).toBe(before)
  })

  it('tells what stays, and why, where the guest gets no further', async () => {
    await far.guest.tree.write('/sys/devices/system/memory/auto_online_blocks', 'online_kernel')
    expect(await memhp(['apply', await plan('virtio0=1G'), '--yes'])).toMatchObject({ code: 0 })
    // Inodes lie in slabs, which do not move.
    await far.guest.run(
      'mkdir -p /mnt/k; mount -t tmpfs none /mnt/k; i=0; while [ $i -lt 9000 ]; do echo >/mnt/k/$i; i=$((i+1)); done',
    )
    const before = await far.states()
    const file = await plan('virtio0=0', '--no-pages')
    const run = await memhp([
      'apply',
      file,
      '--no-pages',
      '--yes',
      '--patience',
      '4',
      '--on-stuck',
      'stop',
    ])
    expect(run.stderr).toMatch(
      /virtio0 is stuck: no progress for \d+ s: virtio0 has \d+M; \d+ blocks? held by a kernel zone/,
    )
    expect(run).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Everything is as it was'),
    })
    expect(await far.states()).toBe(before)
    expect(await sizes()).toMatchObject([{ size: 1024 * MIB, 'requested-size': 1024 * MIB }])
  })
})

describe.skipIf(!isAskedFor)(`a guest that is to have 24 times its memory${suffix}`, () => {
  let far: ReachedGuest
  beforeAll(async () => {
    far = await reachGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 320 }], slots: 1, maxMib: 16_384 },
      cmdline: 'memhp_default_state=online',
      modules: ['virtio_pci?', 'virtio_mem'],
      resizables: { devices: [{ id: 'vm0', maxMib: 8192, node: 0, requestedMib: 0 }] },
    })
  })
  afterAll(() => far?.[Symbol.asyncDispose]())

  it('grows in steps, each of which holds the struct pages of the next', async () => {
    // What is free holds the struct pages of a part of it alone.
    await far.guest.run('mkdir -p /mnt/f; mount -t tmpfs -o size=100% none /mnt/f')
    const free = async (): Promise<number> =>
      Number((await far.guest.run("awk '/MemFree/{print $2}' /proc/meminfo")).stdout)
    const taken = Math.max(0, Math.floor((await free()) / 1024) - 110)
    await far.guest.run(`dd if=/dev/zero of=/mnt/f/a bs=1M count=${taken} 2>/dev/null`)
    const file = `${far.folder}/grow.json`
    const planned = await runOn(far, ['plan', 'virtio0=7936M', '-o', file])
    expect(planned.stdout).toMatch(/virtio0 grows in \d steps/)
    const run = await runOn(far, ['apply', file, '--yes'])
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^virtio0 of .*: it has 7\.8G, and had 0B\./),
    })
    expect(await sizesOf(far)).toMatchObject([{ size: 7936 * MIB }])
    expect(await far.states()).toContain('memory93 online Normal')
  })
})
