import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type HostWriter, hostWriter, markOf, takeLock } from '../src/index'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memhp-'))
  mkdirSync(join(root, 'sys'))
})
afterEach(() => rmSync(root, { recursive: true }))

const writerOf = (): HostWriter => hostWriter({ sysroot: root, reachesThisKernel: false })

describe('what writes for a host', () => {
  test('writes files that exist, and makes none', async () => {
    await using writer = writerOf()
    writeFileSync(join(root, 'sys/state'), 'online and more\n')
    await writer.write('/sys/state', 'offline')
    expect(readFileSync(join(root, 'sys/state'), 'utf8')).toBe('offline')
    await expect(writer.write('/sys/other', 'x')).rejects.toMatchObject({ errno: 'ENOENT' })
    await expect(writer.write('/sys', 'x')).rejects.toMatchObject({ errno: 'EISDIR' })
    expect(markOf(writer.pid ?? 0)).toBeDefined()
  })

  test('does not reach the kernel that runs it unless that was said', async () => {
    await using writer = hostWriter({ sysroot: '/', reachesThisKernel: false })
    // The name of the process that would write: harmless if it did.
    await expect(writer.write('/proc/self/comm', 'x')).rejects.toMatchObject({
      errno: 'EROFS',
      message: expect.stringContaining('belongs to the kernel of this host'),
    })
    expect(writer.pid).toBeUndefined()
  })

  test('is stopped where the kernel does not answer, and then writes again', async () => {
    await using writer = writerOf()
    execFileSync('mkfifo', [join(root, 'sys/fifo')])
    writeFileSync(join(root, 'sys/state'), '')
    const stop = new AbortController()
    const written = writer.write('/sys/fifo', 'offline', { signal: stop.signal })
    const next = writer.write('/sys/state', 'online')
    setTimeout(() => stop.abort(), 200)
    await expect(written).rejects.toMatchObject({ errno: 'EINTR' })
    await next
    expect(readFileSync(join(root, 'sys/state'), 'utf8')).toBe('online')
  })

  test('writes nothing where it is stopped before the file is open', async () => {
    await using writer = writerOf()
    writeFileSync(join(root, 'sys/state'), 'online')
    const stop = new AbortController()
    const written = writer.write('/sys/state', 'offline', { signal: stop.signal })
    await Promise.resolve()
    stop.abort()
    await expect(written).rejects.toMatchObject({ errno: 'EINTR' })
    expect(readFileSync(join(root, 'sys/state'), 'utf8')).toBe('online')
  })
})

describe('a lock', () => {
  const about = { since: '2026-01-01T00:00:00Z', about: 'apply', journal: '/var/j' }

  test('is held by one at a time, who is told to the others', () => {
    const path = join(root, 'locks/a')
    const first = takeLock(path, about)
    const second = takeLock(path, { ...about, about: 'undo' })
    expect(second).toMatchObject({
      holder: { ...about, leader: process.pid, processes: [{ pid: process.pid }] },
    })
    if ('lock' in first) first.lock.release()
    expect(takeLock(path, about)).toHaveProperty('lock')
  })

  test('of the dead is taken over; one whose writer lives is not', async () => {
    const path = join(root, 'a')
    const dead = { pid: process.pid, start: '1' }
    writeFileSync(path, JSON.stringify({ ...about, processes: [dead] }))
    const child = spawn('sleep', ['100'])
    try {
      const taken = takeLock(path, about)
      if (!('lock' in taken)) throw new Error('not taken')
      taken.lock.add(child.pid ?? 0)
      const { processes } = JSON.parse(readFileSync(path, 'utf8'))
      writeFileSync(path, JSON.stringify({ ...about, processes: [dead, processes[1]] }))
      expect(takeLock(path, about)).toMatchObject({ holder: { processes: [{ pid: child.pid }] } })
    } finally {
      child.kill('SIGKILL')
    }
    await new Promise((resolve) => child.once('exit', resolve))
    expect(takeLock(path, about)).toHaveProperty('lock')
  })

  test('of which nothing can be read is taken over', () => {
    const path = join(root, 'a')
    writeFileSync(path, '{"processes":[')
    expect(takeLock(path, about)).toHaveProperty('lock')
  })
})
