import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { connectShell, type RemoteShell } from '@memhp/qemu'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { takeFarLock } from '../src/apply/far-lock'
import { canMount } from './can-mount'
import { type CliRun, spawnCli, startCli } from './run-cli'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const SSHD = '/usr/sbin/sshd'
const CAPTURE = fileURLToPath(
  new URL('../../../captures/x86_64-dimms-zones.json.gz', import.meta.url),
)

/** What lacks for a daemon in whose sessions the twin is this host: it changes users, which only root does. */
const lacks = [
  ...(existsSync(SSHD) ? [] : ['apt-get install openssh-server']),
  ...(process.getuid?.() === 0 && canMount() ? [] : ['root, and the right to mount']),
].join('; ')

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A daemon on loopback, with keys of a folder. In its sessions /sys and /proc are a twin's, and /run is empty. */
async function startDaemon(folder: string): Promise<ChildProcess> {
  const port = await freePort()
  for (const key of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)])
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${folder}/host`,
      `AuthorizedKeysFile ${folder}/user.pub`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password\n',
    ].join('\n'),
  )
  writeFileSync(
    join(folder, 'ssh_config'),
    [
      'Host far',
      'HostName 127.0.0.1',
      `Port ${port}`,
      'User root',
      `IdentityFile ${folder}/user`,
      'IdentitiesOnly yes',
      'BatchMode yes',
      'StrictHostKeyChecking accept-new',
      `UserKnownHostsFile ${folder}/known\n`,
    ].join('\n'),
  )
  const script = `mount -t tmpfs run /run && mkdir /run/sshd && exec ${SSHD} -D -e -f ${folder}/sshd_config`
  const child = startCli(['exec', CAPTURE, '--', 'sh', '-c', script])
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Server listening')) resolve()
    })
    child.once('close', () => reject(new Error(`no daemon: ${said}`)))
  })
  return child
}

describe.skipIf(lacks !== '')(
  `a host that ssh reaches${lacks === '' ? '' : ` — SKIPPED: ${lacks}`}`,
  () => {
    let folder = ''
    let daemon: ChildProcess | undefined
    let words: readonly string[] = []
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'memhp-sshd-'))
      daemon = await startDaemon(folder)
      words = ['ssh', '-F', join(folder, 'ssh_config'), '-T', 'far', 'exec sh']
    })
    afterAll(async () => {
      const ended = new Promise((resolve) => daemon?.once('close', resolve))
      if (daemon?.kill('SIGTERM') === true) await ended
      rmSync(folder, { recursive: true, force: true })
    })

    const far = async (): Promise<RemoteShell> => {
      const [program = '', ...args] = words
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
      stream.on('error', () => {})
      return connectShell(stream, { name: 'far' })
    }
    /** @param host as another one would: with other journals and locks */
    const memhp = (args: readonly string[], host = 'one'): Promise<CliRun> =>
      spawnCli([...args, '--ssh', 'far', '--ssh-command', `${words.slice(0, -1).join(' ')} sh`], {
        environment: { MEMHP_STATE_DIR: join(folder, host) },
      })
    const stateOf = async (block: number): Promise<string> => {
      const shell = await far()
      try {
        return await shell.tree.read(`/sys/devices/system/memory/memory${block}/valid_zones`)
      } finally {
        await shell.close()
      }
    }

    it.skipIf(!THOROUGH)('is watched, and nothing listens there when that is over', async () => {
      const { code, stdout } = await memhp(['watch', '--json', '--for', '1s'])
      expect(code).toBe(0)
      // The uevents are those of the kernel: the twin tells none by netlink.
      expect(stdout).toMatch(/"kind":"start","blocks":22,.*"uevents":"(?:udevadm|busybox|none)"/)
      const shell = await far()
      const left = await shell.run('ls -d /tmp/memhp.*/heard /run/memhp.*/heard 2>/dev/null')
      expect(left.stdout).toBe('')
      await shell.close()
    })

    it('is planned for, changed, and put back', async () => {
      const file = join(folder, 'plan.json')
      const plan = await memhp(['plan', 'memory36-37', '-o', file])
      expect(plan).toMatchObject({ code: 0, stderr: expect.stringContaining('the host far') })
      const run = await memhp(['apply', file, '--yes'])
      expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('offline in 2 steps') })
      expect(await stateOf(36)).not.toBe('Movable\n')
      expect(await memhp(['undo', '--yes'])).toMatchObject({ code: 0 })
      expect(await stateOf(36)).toBe('Movable\n')
    })

    it.skipIf(!THOROUGH)(
      'is asked what can go, and why a block stays, without a file',
      async () => {
        expect(await memhp(['can'])).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('PNP0C80:01  512M'),
        })
        expect(await memhp(['explain', 'memory0'])).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('memory0'),
        })
        const online = await memhp(['can', '--online'])
        expect(online).toMatchObject({ code: 2, stderr: expect.stringContaining('memhp capture') })
        const two = await memhp(['can', 'captures/x86_64-dimms-zones.json.gz'])
        expect(two).toMatchObject({
          code: 2,
          stderr: expect.stringContaining('more than one machine is named'),
        })
      },
    )

    it('is listed as here, and says who brings its memory online', async () => {
      const wanted = await spawnCli(['list', CAPTURE, '--like', '2.38'])
      expect(await memhp(['list', '--like', '2.38'])).toMatchObject({
        code: 0,
        stdout: wanted.stdout,
      })
      const { code, stdout } = await memhp(['list', '--json'])
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({
        source: { kind: 'far', name: 'the host far' },
        machine: { arch: 'x86_64' },
      })
      const doctor = await memhp(['doctor', '--json'])
      const { diagnosis } = JSON.parse(doctor.stdout)
      const here = JSON.parse((await spawnCli(['doctor', CAPTURE, '--json'])).stdout).diagnosis
      expect(diagnosis.zone).toBe(here.zone)
      // Of a capture the rules of udev are not known; those of the machine itself are read.
      expect(diagnosis.actors).not.toContainEqual(expect.objectContaining({ says: 'not known' }))
      for (const command of ['list', 'doctor'])
        expect(await memhp([command, CAPTURE])).toMatchObject({
          code: 2,
          stderr: expect.stringContaining('more than one machine is named'),
        })
    })

    it.skipIf(!THOROUGH)(
      'is left alone while another host changes it, which is told by whom',
      async () => {
        const file = join(folder, 'other.json')
        expect(await memhp(['plan', 'memory37', '-o', file])).toMatchObject({ code: 0 })
        const shell = await far()
        const about = { since: '2026-01-01T00:00:00Z', journal: '/first.jsonl' }
        const release = await takeFarLock(shell, { name: 'far', about, warn: () => {} })
        const refused = await memhp(['apply', file, '--yes'], 'two')
        expect(refused).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(
            /the host far is being changed already: by \S+@.*, since 2026-01-01T00:00:00Z; its journal there is \/first\.jsonl/,
          ),
        })
        await release()
        await shell.close()
        expect(await memhp(['apply', file, '--yes'], 'two')).toMatchObject({ code: 0 })
        expect(await memhp(['undo', '--yes'], 'two')).toMatchObject({ code: 0 })
      },
    )

    it.skipIf(!THOROUGH)('whose lock was left behind is changed, and that is told', async () => {
      const file = join(folder, 'stale.json')
      expect(await memhp(['plan', 'memory37', '-o', file])).toMatchObject({ code: 0 })
      const shell = await far()
      const about = { since: '2026-01-01T00:00:00Z', journal: '/first.jsonl' }
      await takeFarLock(shell, { name: 'far', about, warn: () => {} })
      await shell.close()
      const run = await memhp(['apply', file, '--yes'], 'two')
      expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('was left behind') })
      expect(await memhp(['undo', '--yes'], 'two')).toMatchObject({ code: 0 })
    })
  },
)
