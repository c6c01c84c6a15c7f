import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostTree } from '@memhp/host'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Target } from '../src/apply/target'
import { runCommandLine } from '../src/run'
import { ueventsOf, type WatchedUevent } from '../src/watch/uevents'
import { type WatchRecord, watchMemory } from '../src/watch/watch'
import { watchedFar } from '../src/watch/watched-far'
import { TWO_NODES } from './fixture'
import { type CliRun, runCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

const MEMORY = 'sys/devices/system/memory'
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

interface Record {
  readonly kind: string
  readonly [field: string]: unknown
}

const recordsOf = ({ stdout }: CliRun): readonly Record[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Watches a folder while something is done to it, once the watch has begun. */
async function watching(
  sysroot: string,
  flags: readonly string[],
  act: (sysroot: string) => Promise<void>,
): Promise<CliRun> {
  let stdout = ''
  let acted: Promise<void> | undefined
  const args = ['watch', '--sysroot', sysroot, '--interval', '20ms', ...flags]
  const code = await runCommandLine(args, {
    stdout: {
      write: (text, done) => {
        stdout += text
        acted ??= act(sysroot)
        done?.()
      },
    },
    stderr: { write: () => undefined },
    environment: {},
    interrupt: { signal: () => new AbortController().signal },
  })
  await acted
  return { code, stdout, stderr: '' }
}

/** A socket that tells these uevents to whoever watches, as `memhp mount` has one. */
async function controlled(sysroot: string, uevents: readonly object[]): Promise<void> {
  const path = join(tmpdir(), `memhp-watch-${process.pid}-${servers.length}-${Date.now()}`)
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.resume()
    const timer = setInterval(() => {
      for (const uevent of uevents) socket.write(`${JSON.stringify(uevent)}\n`)
    }, 20)
    socket.on('close', () => clearInterval(timer))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  await symlink(path, join(sysroot, '.control'))
}

const offline = async (sysroot: string): Promise<void> =>
  writeFile(join(sysroot, MEMORY, 'memory32/state'), 'offline\n')

describe('memhp watch', () => {
  it('looks for udevadm in the folders of PATH that can be looked into', async () => {
    const folder = await temporaryFolder()
    await symlink('loop', join(folder, 'loop'))
    vi.stubEnv('PATH', `${folder}/loop:/no/such/folder`)
    const { signal } = new AbortController()
    expect(ueventsOf(undefined, signal).source).toBe('none')
    await writeFile(join(folder, 'udevadm'), '')
    vi.stubEnv('PATH', `${folder}/loop:${folder}`)
    expect(ueventsOf(undefined, signal).source).toBe('udevadm')
    vi.unstubAllEnvs()
  })

  it('tells what changes, and ends once it is so', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const run = await watching(
      sysroot,
      ['--json', '--until', 'memory32 offline', '--for', '10s'],
      offline,
    )
    expect(run.code).toBe(0)
    expect(recordsOf(run)).toMatchObject([
      { kind: 'start', blocks: 5, online: 4, blockBytes: 2 ** 27, uevents: 'none' },
      { kind: 'change', what: 'block', block: 32, from: 'online', to: 'offline', uevent: null },
      { kind: 'end', because: 'until', changes: 1, lost: 0 },
    ])
  })

  it('tells of blocks and nodes that come and go, and of MemTotal', async () => {
    const run = await watching(
      await writeSysroot(TWO_NODES),
      ['--until', 'memory33 gone', '--until', 'node3 there', '--for', '10s'],
      async (sysroot) => {
        await rm(join(sysroot, MEMORY, 'memory33'), { recursive: true })
        await mkdir(join(sysroot, 'sys/devices/system/node/node3'))
        await writeFile(join(sysroot, 'proc/meminfo'), 'MemTotal: 4 kB\n')
        await new Promise((resolve) => setTimeout(resolve, 100))
      },
    )
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('change  memory33 online -> not there')
    expect(run.stdout).toContain('change  node3 not there -> there')
  })

  it('finds a uevent that was lost', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    await controlled(sysroot, [])
    const run = await watching(sysroot, ['--until', 'memory32 offline', '--for', '10s'], offline)
    expect(run.stdout).toContain('uevents of the machine that is mounted')
    expect(run.stdout).toContain('lost    memory32 online -> offline: no uevent came')
    expect(run.stdout).toContain('1 changes, 1 of them without their uevent')
  })

  it('says that uevents are not heard any more, unless Ctrl-C ended what told them', async () => {
    const recordsUntil = async (isStopped: boolean): Promise<readonly WatchRecord[]> => {
      const records: WatchRecord[] = []
      const stop = new AbortController()
      // As a program that hears of Ctrl-C a little sooner.
      async function* events(): AsyncGenerator<WatchedUevent> {
        if (isStopped) setTimeout(() => stop.abort(), 20)
      }
      await watchMemory(
        {
          snapshot: async () => ({ blocks: new Map(), nodes: new Set(), memTotal: undefined }),
          blockBytes: async () => 2 ** 27,
          uevents: () => ({ source: 'udevadm', events: events() }),
        },
        {
          interval: 10,
          time: 400,
          until: [],
          signal: stop.signal,
          tell: (record) => records.push(record),
        },
      )
      return records
    }
    const kindsOf = (records: readonly WatchRecord[]) => records.map(({ kind }) => kind)
    expect(kindsOf(await recordsUntil(false))).toEqual(['start', 'unheard', 'end'])
    expect(kindsOf(await recordsUntil(true))).toEqual(['start', 'end'])
  })

  it('tells a uevent, and its change once', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const devpath = '/devices/system/memory/memory32'
    await controlled(sysroot, [{ action: 'offline', devpath, subsystem: 'memory', seqnum: 1 }])
    const run = await watching(
      sysroot,
      ['--json', '--until', 'memory32 offline', '--for', '10s'],
      offline,
    )
    const records = recordsOf(run)
    expect(records).toContainEqual(
      expect.objectContaining({ kind: 'uevent', action: 'offline', name: 'memory32' }),
    )
    expect(records.filter(({ kind }) => kind === 'change')).toMatchObject([{ uevent: 'seen' }])
  })

  it('ends with 1 where it is not so in time, and with 0 without a wish', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const args = ['watch', '--sysroot', sysroot, '--for', '50ms']
    const run = await runCli([...args, '--until', '1G online'])
    expect(run.code).toBe(1)
    expect(run.stderr).toBe('memhp: after 50ms it is not so: 1G online\n')
    expect((await runCli([...args, '--until', '512M online'])).code).toBe(0)
    expect((await runCli(args)).code).toBe(0)
  })

  it.each([
    [['--for', 'ever'], /--for "ever": not a time/],
    [['--interval', '0s'], /--interval "0s": not a time/],
    [['--until', 'memory32'], /--until "memory32": not a state of memory/],
    [['--until', 'node1 online'], /--until "node1 online": not a state of memory/],
    [['--sysroot', '/nowhere-at-all'], /\/nowhere-at-all: No such file/],
    [['--sysroot', '/proc/self', '--for', '1s'], /folder \/proc\/self holds no \/sys\/devices/],
  ])('%j is bad input', async (flags, message) => {
    const { code, stderr } = await runCli(['watch', ...flags])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('a machine elsewhere', () => {
  it.each([
    ['runs scripts', async () => ({ status: 1, stdout: '', stderr: '' })],
    ['has files alone', undefined],
  ])('without memory hot-plug is said to have none, where it %s', async (_, run) => {
    const tree = hostTree({ sysroot: await writeSysroot({ '/proc/meminfo': '' }) })
    const far: Pick<Target, 'tree' | 'run'> = { tree, run }
    await expect(watchedFar(far).blockBytes()).rejects.toThrow(/the kernel has no memory hot-plug/)
  })
})
