import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findGuestFiles, type Guest, startGuest } from '@memhp/qemu'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CliRun, spawnCli } from './run-cli'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const isAskedFor = process.env.MEMHP_GUESTS === '1'
const suffix = isAskedFor ? '' : ' — SKIPPED: set MEMHP_GUESTS=1 to boot guests'

/** An initramfs with Debian's agent and what it is linked to. @throws where it is not installed: apt-get install qemu-guest-agent */
function agentInitrd(folder: string): string {
  const program = '/usr/sbin/qemu-ga'
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' })
  const paths = [...libraries.matchAll(/(\/\S+) \(/g)].map(({ 1: path = '' }) => path)
  for (const path of [program, ...paths]) {
    mkdirSync(join(folder, 'root', dirname(path)), { recursive: true })
    copyFileSync(realpathSync(path), join(folder, 'root', path))
  }
  const archive = execFileSync('sh', ['-c', 'find . | busybox cpio -o -H newc'], {
    cwd: join(folder, 'root'),
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  writeFileSync(join(folder, 'initrd'), archive)
  return join(folder, 'initrd')
}

/** How the agent is started: as Debian does, or as distributions do that let it do little. */
const WORLDS = [
  { allowed: 'programs', blocked: '' },
  { allowed: 'files and blocks', blocked: 'guest-exec' },
  {
    allowed: 'blocks',
    blocked: 'guest-exec,guest-file-open,guest-file-read,guest-file-write,guest-file-close',
  },
] as const

const STATES =
  'cd /sys/devices/system/memory; for b in memory*; do read -r s <$b/state; z=; [ $s = offline ] || read -r z <$b/valid_zones; echo "$b $s $z"; done'

describe.skipIf(!isAskedFor)(`a guest that QEMU’s agent reaches${suffix}`, () => {
  let folder = ''
  let guest: Guest
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'memhp-agent-'))
    const initrd = agentInitrd(folder)
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
      await guest.run(
        `kill $(pidof qemu-ga); mkdir -p /var/run; sleep 1; for p in /dev/vport*p1; do :; done; (/usr/sbin/qemu-ga -p $p -t /run ${blocked === '' ? '' : `-b ${blocked}`} >/run/ga.out 2>&1 </dev/null &); sleep 1`,
      )
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

  it('is told that the agent does not run', async () => {
    await guest.run('kill $(pidof qemu-ga)')
    expect(await memhp('plan', 'memory33')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/the agent of the guest .* does not answer/),
    })
  })
})
