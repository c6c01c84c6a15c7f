import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectShell, type RemoteShell } from '../src/index'

let folder = ''
let child: ChildProcess | undefined
let shell: RemoteShell
const at = (name: string): string => join(folder, name)

/** Names in the folder, without what the shell keeps there meanwhile. */
const files = async (): Promise<readonly string[]> =>
  (await shell.tree.list(folder)).filter((name) => !name.startsWith('memhp.'))

/** A shell of this machine, as if it were far away. */
async function far(program: readonly string[] = ['sh']): Promise<RemoteShell> {
  const [command = '', ...args] = program
  const env = { PATH: process.env.PATH, TMPDIR: folder }
  const started = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], env })
  child = started
  started.stdin.on('error', () => {})
  const stream = Duplex.from({ readable: started.stdout, writable: started.stdin })
  stream.on('error', () => {})
  return connectShell(stream, { name: 'the far side', timeoutMs: 20_000 })
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memhp-'))
  mkdirSync(at('sub'))
  writeFileSync(at('state'), 'online\n')
  writeFileSync(at('empty'), '')
  symlinkSync('../state', at('sub/link'))
  shell = await far()
})
afterEach(async () => {
  await shell.close()
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe('a machine that a shell reaches', () => {
  test('is read, listed, and asked what a path names', async () => {
    const { tree } = shell
    expect(await tree.read(at('state'))).toBe('online\n')
    expect(await Promise.all(['state', 'empty'].map((name) => tree.read(at(name))))).toEqual([
      'online\n',
      '',
    ])
    expect(await files()).toEqual(['empty', 'state', 'sub'])
    expect(await tree.readlink(at('sub/link'))).toBe('../state')
    expect(await tree.lookup(at('sub'))).toMatchObject({ kind: 'directory' })
    expect(await tree.lookup(at('state'))).toMatchObject({ kind: 'file' })
    expect(await tree.lookup(at('none'))).toBeUndefined()
    await expect(tree.read(at('none'))).rejects.toMatchObject({ errno: 'ENOENT' })
    await expect(tree.readlink(at('state'))).rejects.toMatchObject({ errno: 'EINVAL' })
  })

  test('is written, with the errno of its kernel, and gets no new file', async () => {
    const { tree } = shell
    await tree.write(at('state'), 'offline')
    expect(readFileSync(at('state'), 'utf8')).toBe('offline')
    await expect(tree.write(at('none'), 'x')).rejects.toMatchObject({ errno: 'ENOENT' })
    await expect(tree.write(at('sub'), 'x')).rejects.toMatchObject({ errno: 'EISDIR' })
    expect(await files()).toEqual(['empty', 'state', 'sub'])
  })

  test('is looked at while a write takes its time, which can be stopped', async () => {
    execFileSync('mkfifo', [at('fifo')])
    const stop = new AbortController()
    const written = shell.tree.write(at('fifo'), 'offline', { signal: stop.signal })
    expect(await shell.tree.read(at('state'))).toBe('online\n')
    expect(await shell.waitsIn()).toMatch(/^\w+$|^$/)
    stop.abort()
    await expect(written).rejects.toMatchObject({ errno: 'EINTR' })
    await shell.tree.write(at('state'), 'offline')
  })

  test('runs a script of any length', async () => {
    const lines = Array.from({ length: 4000 }, (_, i) => `# ‘${i}’ \\0101 $x\n`).join('')
    const script = `${lines}printf '%s\\n' "a  b"; echo wrong >&2; exit 3`
    expect(await shell.run(script)).toEqual({ status: 3, stdout: 'a  b\n', stderr: 'wrong\n' })
  })

  test('is lost with its connection, and says so; a write that was begun goes on', async () => {
    execFileSync('mkfifo', [at('fifo')])
    const written = shell.tree.write(at('fifo'), 'offline')
    await shell.tree.read(at('state'))
    child?.kill('SIGKILL')
    await expect(written).rejects.toMatchObject({
      code: 'GUEST_GONE',
      message: expect.stringContaining('the connection to the far side has ended'),
    })
    await expect(shell.tree.read(at('state'))).rejects.toMatchObject({ code: 'GUEST_GONE' })
    expect(readFileSync(at('fifo'), 'utf8')).toBe('offline')
  })
})

test.each([
  ['a program that ends', ['true'], 'GUEST_GONE'],
  ['one that says nothing', ['sleep', '100'], 'GUEST_SILENT'],
])('%s is not a shell', async (_, program, code) => {
  const [command = '', ...args] = program
  const started = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  started.stdin.on('error', () => {})
  const stream = Duplex.from({ readable: started.stdout, writable: started.stdin })
  stream.on('error', () => {})
  await expect(connectShell(stream, { name: 'x', timeoutMs: 500 })).rejects.toMatchObject({ code })
  started.kill()
})
