import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { connectShell, type RemoteShell } from '@memhp/qemu'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeFarLock } from '../src/apply/far-lock'

let folder = ''
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memhp-lock-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** A shell of this machine, as if it were far away, which ends with its connection. */
async function far(): Promise<RemoteShell> {
  const child = spawn('sh', [], { stdio: ['pipe', 'pipe', 'ignore'] })
  children.push(child)
  child.stdin.on('error', () => {})
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  stream.on('error', () => {})
  return connectShell(stream, { name: 'the far side', timeoutMs: 20_000 })
}

const warnings: string[] = []
const take = (shell: RemoteShell, journal: string) => {
  warnings.length = 0
  return takeFarLock(shell, {
    name: 'the host far',
    about: { since: '2026-01-01T00:00:00Z', journal },
    warn: (text) => warnings.push(text),
    folders: [join(folder, 'none'), folder],
  })
}
const lock = (): string => join(folder, 'memhp.lock')

describe('the lock of a machine that a shell reaches', () => {
  it('is held by one, who is told of to others, and gone when it is given back', async () => {
    const [first, second] = [await far(), await far()]
    const release = await take(first, "/a'b/1.jsonl")
    await expect(take(second, '/2.jsonl')).rejects.toThrow(
      /^the host far is being changed already: by \S+@.* \(process \d+\), since 2026-01-01T00:00:00Z; its journal there is \/a'b\/1\.jsonl$/,
    )
    await release()
    expect(existsSync(lock())).toBe(false)
    const again = await take(second, '/2.jsonl')
    // Whoever has it no more takes it from none.
    await release()
    expect(readFileSync(lock(), 'utf8')).toContain('/2.jsonl')
    await again()
    expect(warnings).toEqual([])
  })

  it('is taken over from one whose connection has ended, which is told', async () => {
    const [first, second] = [await far(), await far()]
    await take(first, '/1.jsonl')
    await first.close()
    await new Promise((resolve) => children[0]?.once('close', resolve))
    const release = await take(second, '/2.jsonl')
    expect(warnings.join()).toMatch(
      /was left behind, and is taken over; its journal there is \/1\.jsonl/,
    )
    expect(readFileSync(lock(), 'utf8')).toContain('/2.jsonl')
    await release()
  })

  it('is taken over from a process that has the number of another now', async () => {
    writeFileSync(
      lock(),
      `${process.pid}\n1\nroot@old (process 1)\n2025-01-01T00:00:00Z\n/0.jsonl\n`,
    )
    await (await take(await far(), '/1.jsonl'))()
    expect(warnings.join()).toContain('root@old (process 1)')
    expect(existsSync(lock())).toBe(false)
  })

  it('is held by a process of the machine itself as well', async () => {
    const own = {
      run: async (script: string) => {
        const stdout = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
        return { status: 0, stdout, stderr: '' }
      },
    }
    const about = { since: '2026-01-01T00:00:00Z', journal: '/own.jsonl' }
    const machine = { name: 'this host', about, warn: () => {}, folders: [folder] }
    const release = await takeFarLock(own, machine)
    expect(readFileSync(lock(), 'utf8').split('\n')[0]).toBe(`${process.pid}`)
    await expect(take(await far(), '/2.jsonl')).rejects.toThrow(/its journal there is \/own\.jsonl/)
    await release()
    expect(existsSync(lock())).toBe(false)
  })

  it('is taken by one of many at the same time', async () => {
    const shells = await Promise.all(Array.from({ length: 6 }, far))
    const taken = await Promise.allSettled(shells.map((shell, at) => take(shell, `/${at}.jsonl`)))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(execFileSync('ls', [folder], { encoding: 'utf8' })).toBe('memhp.lock\n')
  })

  it('cannot be kept where no folder can be written, which is told', async () => {
    const shell = await far()
    const release = await takeFarLock(shell, {
      name: 'the host far',
      about: { since: '', journal: '' },
      warn: (text) => warnings.push(text),
      folders: [join(folder, 'none')],
    })
    await release()
    expect(warnings.join()).toContain('no lock can be kept')
  })
})
