import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectShell, type RemoteShell } from '../src/index'

/** All that the far side has, beside what hears uevents. */
const PROGRAMS = ['sh', 'cat', 'dd', 'grep', 'ls', 'mkfifo', 'mktemp', 'mv', 'rm', 'sleep', 'uname']

let folder = ''
let child: ChildProcess | undefined
let shell: RemoteShell
const at = (name: string): string => join(folder, name)

/** A program of the far side: prints a text whenever there is a file `tell`, which it takes away. */
function addListener(name: string, printed: string): void {
  const script = `#!/bin/sh\necho $$ >${at('pid')}\nwhile sleep 0.05; do [ ! -e ${at('tell')} ] || { rm ${at('tell')}; printf '${printed}'; }; done\n`
  writeFileSync(at(`bin/${name}`), script)
  chmodSync(at(`bin/${name}`), 0o755)
}

async function connect(): Promise<void> {
  const env = { PATH: at('bin'), TMPDIR: folder }
  const started = spawn('/bin/sh', [], { stdio: ['pipe', 'pipe', 'ignore'], env })
  child = started
  started.stdin.on('error', () => {})
  const stream = Duplex.from({ readable: started.stdout, writable: started.stdin })
  stream.on('error', () => {})
  shell = await connectShell(stream, { name: 'the far side', timeoutMs: 20_000 })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memhp-'))
  mkdirSync(at('bin'))
  for (const name of PROGRAMS)
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), at(`bin/${name}`))
  writeFileSync(at('state'), 'online\n')
})
afterEach(async () => {
  await shell.close()
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const BLOCK = '/devices/system/memory/memory32'
const UEVENT = { action: 'offline', devpath: BLOCK }

describe.each([
  // Source: udevadm of Debian 12 (systemd 252), and busybox 1.35, on a guest in which a block went offline.
  [
    'udevadm',
    'udevadm',
    `KERNEL - the kernel uevent\n\nKERNEL[8.994190] offline  ${BLOCK} (memory)\n`,
  ],
  ['busybox', 'uevent', `add@/devices/pci0000:00\noffline@${BLOCK}\n`],
])('a machine that has %s', (by, program, printed) => {
  test('tells its uevents as they come, while it is asked for other things', async () => {
    addListener(program, printed)
    await connect()
    const over = new AbortController()
    const heard = await shell.hear(over.signal)
    expect(heard?.by).toBe(by)
    const uevents = heard?.events[Symbol.asyncIterator]()
    for (let i = 0; i < 3; i++) {
      writeFileSync(at('tell'), '\n')
      expect(await shell.tree.read(at('state'))).toBe('online\n')
      expect((await uevents?.next())?.value).toEqual(UEVENT)
    }
    over.abort()
    expect(await uevents?.next()).toMatchObject({ done: true })
    expect(await shell.tree.read(at('state'))).toBe('online\n')
  })

  test('lets nothing listen on when the connection has ended', async () => {
    addListener(program, printed)
    await connect()
    await shell.hear(new AbortController().signal)
    const pid = await vi.waitFor(() => Number(readFileSync(at('pid'), 'utf8').trim() || 'none'))
    const isThere = (): boolean => existsSync(`/proc/${pid}`)
    expect(isThere()).toBe(true)
    await shell.close()
    await vi.waitFor(() => expect(isThere()).toBe(false), 10_000)
  })
})

test('what listened there and has ended is told', async () => {
  addListener('uevent', '')
  writeFileSync(at('bin/uevent'), '#!/bin/sh\necho "add@/devices/system/node/node1"\n')
  await connect()
  const heard = await shell.hear(new AbortController().signal)
  const told: unknown[] = []
  for await (const uevent of heard?.events ?? []) told.push(uevent)
  expect(told).toEqual([{ action: 'add', devpath: '/devices/system/node/node1' }])
})

test('a machine that has neither says so', async () => {
  await connect()
  expect(await shell.hear(new AbortController().signal)).toBeUndefined()
  expect(await shell.tree.read(at('state'))).toBe('online\n')
})
