import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findGuestFiles } from '@memhp/qemu'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { initrdWith } from './initrd-with'
import { type ReachedGuest, reachGuest } from './reached-guest'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const isAskedFor = process.env.MEMHP_GUESTS === '1'
const suffix = isAskedFor ? '' : ' — SKIPPED: set MEMHP_GUESTS=1 to boot guests'
const MEMORY = '/sys/devices/system/memory'

/** So long that a change which is told sooner was not found by reading at intervals. */
const NEVER = ['--interval', '100s', '--for', '60s']

/** What listens for uevents by a watch. */
const LISTENERS = 'for p in /proc/[0-9]*/fd/*; do readlink $p; done | grep heard; sleep 1'

interface Told {
  readonly kind: string
  readonly [field: string]: unknown
}

/** What hears uevents in a guest, and what makes it so. */
const WORLDS = [
  { by: 'busybox', prepare: 'true', block: 32 },
  { by: 'udevadm', prepare: 'ln -s /usr/bin/udevadm /bin/', block: 33 },
] as const

describe.skipIf(!isAskedFor)(`uevents of a guest that is watched from outside${suffix}`, () => {
  let folder = ''
  let reached: ReachedGuest
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'memhp-watch-'))
    reached = await reachGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 768 }, { mib: 0 }], slots: 4, maxMib: 8192 },
      files: {
        ...(await findGuestFiles('x86_64')),
        initrd: initrdWith(folder, ['/usr/bin/udevadm']),
      },
    })
    await reached.guest.tree.write(`${MEMORY}/auto_online_blocks`, 'online_movable')
    await reached.guest.plug({ id: 'd1', mib: 512, node: 1 })
  })
  afterAll(async () => {
    await reached?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Watches until a block is offline, which it becomes meanwhile. */
  async function watched(block: number): Promise<readonly Told[]> {
    const { guest, shell } = reached
    const until = ['--until', `memory${block} offline`]
    const running = reached.memhp(['watch', '--json', ...shell, ...NEVER, ...until])
    await vi.waitFor(async () => expect((await guest.run(LISTENERS)).stdout).not.toBe(''), 20_000)
    await guest.tree.write(`${MEMORY}/memory${block}/state`, 'offline')
    const { code, stdout } = await running
    expect(code).toBe(0)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }

  it.each(WORLDS)('come by $by, and end with the watch', async ({ by, prepare, block }) => {
    await reached.guest.run(prepare)
    expect(await watched(block)).toMatchObject([
      { kind: 'start', uevents: by },
      { kind: 'uevent', action: 'offline', name: `memory${block}` },
      { kind: 'change', block, uevent: 'seen' },
      { kind: 'change', what: 'memTotal' },
      { kind: 'end', because: 'until', lost: 0 },
    ])
    expect((await reached.guest.run(LISTENERS)).stdout).toBe('')
  })
})
