import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { GuestError, type LaunchOptions, launchGuest } from '../index'

const path = (name: string): string =>
  fileURLToPath(new URL(`../../tests/${name}`, import.meta.url))

const options = (fake: string, more: Partial<LaunchOptions> = {}): LaunchOptions => ({
  machine: 'x86_64',
  memory: { nodes: [{ mib: 64 }] },
  kernel: '/dev/null',
  qemu: path('fake-qemu.mjs'),
  qemuArguments: ['-fake', fake],
  ...more,
})

const failure = async (launching: LaunchOptions): Promise<GuestError> => {
  const error: unknown = await launchGuest(launching).then(
    () => new Error('it was launched'),
    (reason: unknown) => reason,
  )
  if (error instanceof GuestError) return error
  throw error
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('QEMU that does not come up', () => {
  test('is not installed: the message names the package', async () => {
    const path = process.env.PATH
    process.env.PATH = '/nowhere'
    try {
      const { qemu: _, ...without } = options('well')
      const error = await failure(without)
      expect(error.code).toBe('QEMU_MISSING')
      expect(error.message).toContain('qemu-system-x86_64 is not installed')
      expect(error.message).toContain('apt-get install qemu-system-x86')
    } finally {
      process.env.PATH = path
    }
  })

  test.each([
    ['/nowhere/qemu', '/nowhere/qemu: no such file\n  remedy: check its name'],
    ['qemu-nowhere', 'qemu-nowhere: no such command in PATH\n  remedy: check its name'],
    ['/dev/null', '/dev/null cannot be run: no permission\n  remedy: name an executable file'],
    ['/dev/null/qemu', '/dev/null/qemu cannot be run: ENOTDIR\n  remedy: check its name'],
  ])('was named %s, which is none', async (qemu, message) => {
    const error = await failure(options('well', { qemu }))
    expect(error.code).toBe('QEMU_MISSING')
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('is not installed')
    expect(error.message).toContain(`command line: ${qemu} -machine q35`)
  })

  test.each([
    ['unknown', 'unsupported machine type', 'remedy: QEMU 6.2 or newer is needed'],
    ['die', 'invalid kernel header', 'remedy: stderr has the reason'],
  ])(
    'ended (%s): the message has its last words, the command line and what follows from them',
    async (fake, words, remedy) => {
      const error = await failure(options(fake))
      expect(error.code).toBe('QEMU_DIED')
      expect(error.message).toContain('ended with exit code 1 before its monitor answered')
      expect(error.message).toContain(`stderr: qemu-system-x86_64: ${words}`)
      expect(error.message).toContain(remedy)
      expect(error.message).toContain('-machine q35')
    },
  )

  test('is another program, which says nothing', async () => {
    const error = await failure(options('well', { qemu: '/bin/true' }))
    expect(error.code).toBe('QEMU_DIED')
    expect(error.message).toContain('remedy: check that /bin/true is QEMU')
  })

  test('is too old', async () => {
    const error = await failure(options('old'))
    expect(error.code).toBe('QEMU_TOO_OLD')
    expect(error.message).toContain('QEMU 2.11 is too old')
  })

  test.each(['silent', 'garbage'])('is %s', async (fake) => {
    const error = await failure(options(fake, { startTimeoutMs: 1000 }))
    expect(error.code).toBe('QEMU_SILENT')
  })

  test('has no kernel', async () => {
    const error = await failure(options('well', { kernel: '/nowhere/vmlinuz' }))
    expect(error.code).toBe('FILES_MISSING')
    expect(error.message).toBe('/nowhere/vmlinuz: cannot be read')
  })

  test('is stopped by its signal, with the signal’s reason', async () => {
    const signal = AbortSignal.timeout(300)
    await expect(launchGuest(options('silent', { signal }))).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})

describe('QEMU that runs', () => {
  test('is asked to end', async () => {
    const guest = await launchGuest(options('well'))
    expect(guest.commandLine).toContain('-chardev socket,id=monitor,fd=3')
    expect(await guest.stop()).toMatchObject({ code: 0, signal: null })
    expect(await guest.stop()).toMatchObject({ code: 0, signal: null })
    expect(isAlive(guest.pid)).toBe(false)
  })

  test('is killed when it does not obey', { timeout: 20_000 }, async () => {
    const guest = await launchGuest(options('stubborn'))
    expect(await guest.stop()).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  test('ends with a block', async () => {
    let pid = 0
    {
      await using guest = await launchGuest(options('well'))
      pid = guest.pid
      expect(isAlive(pid)).toBe(true)
    }
    expect(isAlive(pid)).toBe(false)
  })

  test('leaves no listener on this process', async () => {
    const before = process.listenerCount('SIGINT')
    const guest = await launchGuest(options('well'))
    expect(process.listenerCount('SIGINT')).toBe(before + 1)
    await guest.stop()
    expect(process.listenerCount('SIGINT')).toBe(before)
  })
})

const folder = mkdtempSync(join(tmpdir(), 'memhp-test-'))
const HOLDER = join(folder, 'hold-guest.mjs')
// One file, which each process loads at once.
beforeAll(async () => {
  const build = await rolldown({
    input: path('hold-guest.ts'),
    platform: 'node',
    resolve: { conditionNames: ['memhp-source', 'import', 'node', 'default'] },
  })
  await build.write({ file: HOLDER, format: 'esm', codeSplitting: false })
  await build.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Holder {
  readonly child: ChildProcess
  /** Whether its guest, or the guest's socket, is still there. */
  readonly hasLeft: () => boolean
}

/** A separate process that has launched a guest. */
async function holder(name: string, how: string): Promise<Holder> {
  const socket = join(folder, name)
  const child = spawn(process.execPath, [HOLDER, how, path('fake-qemu.mjs'), socket], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [data] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  const pid = Number(data.toString())
  return { child, hasLeft: () => isAlive(pid) || existsSync(socket) }
}

describe('a guest ends with the process that launched it', {
  timeout: 60_000,
  concurrent: true,
}, () => {
  test.each(['exit', 'throw'])('when that process does: %s', async (how) => {
    const { child, hasLeft } = await holder(how, how)
    if (child.exitCode === null) await once(child, 'exit')
    await vi.waitUntil(() => !hasLeft(), { timeout: 10_000 })
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('by %s', async (signal) => {
    const { child, hasLeft } = await holder(signal, 'wait')
    expect(hasLeft()).toBe(true)
    child.kill(signal)
    const [, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    expect(endedBy).toBe(signal)
    await vi.waitUntil(() => !hasLeft(), { timeout: 10_000 })
  })
})
