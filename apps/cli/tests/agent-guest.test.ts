import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCapture } from '@memhp/capture'
import { findGuestFiles, type Guest, startGuest } from '@memhp/qemu'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { initrdWith } from './initrd-with'
import { type CliRun, spawnCli, startCli } from './run-cli'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const isAskedFor = process.env.MEMHP_GUESTS === '1'
const suffix = isAskedFor ? '' : ' — SKIPPED: set MEMHP_GUESTS=1 to boot guests'

/** How the agent is started: as Debian does, or as distributions do that let it do little. */
const WORLDS = [
  { allowed: 'programs', blocked: '' },
  { allowed: 'files and blocks', blocked: 'guest-exec' },
  {
    allowed: 'blocks',
    blocked: 'guest-exec,guest-file-open,guest-file-read,guest-file-write,guest-file-close',
  },
] as const

/** Starts it anew. @param blocked commands that it refuses */
async function startAgent(guest: Guest, blocked: string): Promise<void> {
  await guest.run(
    `kill $(pidof qemu-ga); mkdir -p /var/run; sleep 1; for p in /dev/vport*p1; do :; done; (/usr/sbin/qemu-ga -p $p -t /run ${blocked === '' ? '' : `-b ${blocked}`} >/run/ga.out 2>&1 </dev/null &); sleep 1`,
  )
}

const STATES =
  'cd /sys/devices/system/memory; for b in memory*; do read -r s <$b/state; z=; [ $s = offline ] || read -r z <$b/valid_zones; echo "$b $s $z"; done'

describe.skipIf(!isAskedFor)(`a guest that QEMU’s agent reaches${suffix}`, () => {
  let folder = ''
  let guest: Guest
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'memhp-agent-'))
    const initrd = initrdWith(folder, ['/usr/sbin/qemu-ga'])
    guest = await startGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 768 }, { mib: 0 }], slots: 4, maxMib: 8192 },
      files: { ...(await findGuestFiles('x86_64')), initrd },
      modules: ['virtio_pci?', 'virtio_console?'],
      monitorPath: join(folder, 'monitor'),
      qemuArguments: [
        ...['-device', 'virtio-serial-pci,id=vs'],
        ...['-chardev', `socket,id=ga,path=${join(folder, 'ga')},server=on,wait=off`],
        ...['-device', 'virtserialport,bus=vs.0,chardev=ga,name=org.qemu.guest_agent.0'],
      ],
    })
    await guest.plug({ id: 'd1', mib: 512, node: 1 })
    for (const id of [32, 33, 34, 35])
      await guest.tree.write(`/sys/devices/system/memory/memory${id}/state`, 'online_movable')
  })
  afterAll(async () => {
    await guest?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const memhp = (...args: readonly string[]): Promise<CliRun> =>
    spawnCli([...args, '--agent', join(folder, 'ga')], {
      environment: { MEMHP_STATE_DIR: join(folder, 'state') },
    })
  const states = async (): Promise<string> => (await guest.run(STATES)).stdout

  describe.each(WORLDS)('where it may do $allowed', ({ allowed, blocked }) => {
    beforeAll(async () => {
      await startAgent(guest, blocked)
    })

    it('is watched by reading, which is said', async () => {
      const run = await memhp('watch', '--for', '1s', '--until', 'memory32 online')
      expect(run).toMatchObject({ code: 0 })
      expect(run.stdout).toMatch(/10 blocks of 128M, 10 online; QEMU’s agent tells no uevents/)
    })

    it('takes blocks offline, and undo brings them back', async () => {
      const before = await states()
      const file = join(folder, `${allowed.replace(/ .*/, '')}.json`)
      const plan = await memhp('plan', 'memory33-34', '-o', file)
      expect(plan).toMatchObject({ code: 0 })
      expect(plan.stderr.includes('runs no programs')).toBe(blocked !== '')
      expect(await memhp('apply', file, '--yes')).toMatchObject({ code: 0 })
      expect(await states()).toContain('memory33 offline')
      const undo = await memhp('undo', '--yes')
      expect(undo).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Everything is as it was'),
      })
      expect(await states()).toBe(before)
    })
  })

  it('is shown by the dashboard, where the agent runs programs', async () => {
    await startAgent(guest, '')
    const child = startCli(['dashboard', '--agent', join(folder, 'ga'), '--no-pages'])
    onTestFinished(() => void child.kill())
    const [first] = (await once(child.stdout, 'data')) as [Buffer]
    const [server = '', token = ''] = first.toString().trim().split('#live=')
    const headers = { authorization: `Bearer ${token}` }
    const { name, text } = await (await fetch(`${server}live/target`, { headers })).json()
    expect(name).toMatch(/^guest of the agent at /)
    expect(Object.keys(parseCapture(text).files)).toContain(
      '/sys/devices/system/memory/memory35/valid_zones',
    )
    const events = (await fetch(`${server}live/events`, { headers })).body?.getReader()
    let told = ''
    while (!told.includes('tells no uevents'))
      told += new TextDecoder().decode((await events?.read())?.value)
    await guest.tree.write('/sys/devices/system/memory/memory35/state', 'offline')
    while (!told.includes('memory35 online -> offline'))
      told += new TextDecoder().decode((await events?.read())?.value)
    child.kill()
    await once(child, 'exit')
  })

  it('is told that the agent does not run', async () => {
    await guest.run('kill $(pidof qemu-ga)')
    expect(await memhp('plan', 'memory33')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/the agent of the guest .* does not answer/),
    })
  })
})
