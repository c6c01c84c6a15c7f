import { createHash } from 'node:crypto'
import type { Dir } from 'node:fs'
import {
  type FileHandle,
  lstat,
  open,
  opendir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type LocalTree, settle } from '@memhp/core'
import { isBinaryFile } from '@memhp/kernel-files'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type MountedMachine,
  mountedDirectories,
  mountMachine,
  temporaryDirectory,
} from '../src/index'
import { CAN_MOUNT, guest, plug } from './machine'

/** What is long is told by a number. */
const digest = (text: string): string =>
  text.length < 4096 ? text : createHash('sha256').update(text).digest('hex')

/** All paths of a tree with what stat(2), readlink(2) and read(2) tell. */
function contents(tree: LocalTree, path = ''): Record<string, unknown> {
  const all: Record<string, unknown> = {}
  for (const name of tree.list(path === '' ? '/' : path)) {
    const at = `${path}/${name}`
    const entry = tree.lookup(at)
    if (entry?.kind === 'directory') Object.assign(all, { [at]: 'directory' }, contents(tree, at))
    else if (entry?.kind === 'link') all[at] = `-> ${tree.readlink(at)}`
    else if (entry !== undefined) {
      const text = (entry.mode & 0o444) === 0 ? 'EACCES' : tree.read(at)
      all[at] = [entry.mode, at.startsWith('/sys') ? 4096 : 0, digest(text)]
    }
  }
  return all
}

/** The same through the mount. */
async function mountedContents(root: string, path = ''): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {}
  for (const entry of await readdir(root + path, { withFileTypes: true })) {
    const at = `${path}/${entry.name}`
    const found = await lstat(root + at)
    if (entry.isDirectory()) {
      Object.assign(all, { [at]: 'directory' }, await mountedContents(root, at))
    } else if (entry.isSymbolicLink()) all[at] = `-> ${await readlink(root + at)}`
    else {
      const encoding = isBinaryFile(at) ? 'latin1' : 'utf8'
      const text = await readFile(root + at, encoding).catch((error) => error.code)
      all[at] = [found.mode & 0o777, found.size, digest(text)]
    }
  }
  return all
}

const failure = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'done',
    (error) => error.code,
  )

const BLOCK = '/sys/devices/system/memory/memory32'
const EJECT = '/sys/bus/acpi/devices/PNP0C80:00/eject'

describe.skipIf(!CAN_MOUNT)('a mounted machine', () => {
  const machine = { current: guest() }
  let mounted: MountedMachine
  const path = (name: string): string => join(mounted.directory, name)
  const write = (name: string, text: string): Promise<unknown> =>
    failure(writeFile(path(name), text, { flag: 'w' }))

  beforeEach(async () => {
    machine.current = guest()
    mounted = await mountMachine(machine.current)
  })
  afterEach(async () => mounted.unmount())

  it('shows every path of the tree, with its mode, size, target and text', async () => {
    expect(await mountedContents(mounted.directory)).toEqual(contents(machine.current.tree))
  })

  it('carries a write out, and answers with the errno of the kernel', async () => {
    expect(await write(`${BLOCK}/state`, 'online_movable')).toBe('done')
    expect(machine.current.tree.read(`${BLOCK}/state`)).toBe('online\n')
    expect(await write(`${BLOCK}/state`, 'online')).toBe('EINVAL')
    expect(await write(`${BLOCK}/state`, 'frob\n')).toBe('EINVAL')
    expect(await write('/sys/devices/system/memory/memory0/state', 'offline')).toBe('EINVAL')
    expect(await write(`${BLOCK}/removable`, '1')).toBe('EACCES')
    expect(await failure(readFile(path('/sys/devices/system/memory/hard_offline_page')))).toBe(
      'EACCES',
    )
    expect(await readFile(path(`${BLOCK}/state`), 'utf8')).toBe('online\n')
  })

  it('takes an ejected device away, before the write returns, from those who know its names, too', async () => {
    const names = await readdir(path('/sys/devices/system/memory'))
    expect(names).toContain('memory32')
    const held = await open(path(`${BLOCK}/state`))
    await lstat(path('/sys/devices/system/node/node0/memory32'))
    expect(await write(EJECT, '1')).toBe('done')
    expect(await failure(lstat(path(BLOCK)))).toBe('ENOENT')
    expect(await failure(lstat(path(`${BLOCK}/state`)))).toBe('ENOENT')
    expect(await failure(lstat(path('/sys/devices/system/node/node0/memory32')))).toBe('ENOENT')
    expect(await failure(held.read({ position: 0 }))).toBe('ENODEV')
    await held.close()
    plug(machine.current, 'dimm1')
    expect(await readFile(path(`${BLOCK}/state`), 'utf8')).toBe('offline\n')
  })

  it('lists the present names, also where it was listed before', async () => {
    const memory = '/sys/devices/system/memory'
    const lists = async (directory: string): Promise<readonly string[]> => {
      await readdir(path(directory))
      const names = await readdir(path(directory))
      expect(names).toEqual(machine.current.tree.list(directory).toSorted())
      return names
    }
    const before = await lists(memory)
    await lists(BLOCK)
    plug(machine.current, 'dimm1')
    expect((await lists(memory)).length).toBe(before.length + 8)
    expect(await write(EJECT, '1')).toBe('done')
    expect(await lists(memory)).not.toContain('memory32')
    plug(machine.current, 'dimm2')
    expect(await lists(memory)).toContain('memory32')
    expect(await lists(BLOCK)).toContain('valid_zones')
  })

  it('lists the present names to who opened it after a change, whoever else reads what was opened before', async () => {
    const memory = '/sys/devices/system/memory'
    const names = async (directory: Dir): Promise<readonly string[]> => {
      const found: string[] = []
      for await (const { name } of directory) found.push(name)
      return found.toSorted()
    }
    const before = await opendir(path(memory))
    plug(machine.current, 'dimm1')
    const after = await opendir(path(memory))
    await names(before)
    const present = machine.current.tree.list(memory).toSorted()
    expect(await names(after)).toEqual(present)
    expect(await readdir(path(memory))).toEqual(present)
  })

  it('forgets, when it is told to, what calls of the library took away', async () => {
    await lstat(path(BLOCK))
    await readFile(path('/sys/devices/system/memory/memory33/state'))
    machine.current.tree.write(EJECT, '1')
    settle(machine.current)
    await mounted.refresh()
    expect(await failure(lstat(path(BLOCK)))).toBe('ENOENT')
    expect(await mountedContents(mounted.directory)).toEqual(contents(machine.current.tree))
  })

  it('reads on in the text that was begun, and begins anew at its start', async () => {
    const file = await open(path(`${BLOCK}/state`))
    const at = async (handle: FileHandle, position: number): Promise<string> => {
      const { buffer, bytesRead } = await handle.read({ position, buffer: Buffer.alloc(100) })
      return buffer.toString('utf8', 0, bytesRead)
    }
    expect(await at(file, 0)).toBe('offline\n')
    await write(`${BLOCK}/state`, 'online')
    expect(await at(file, 3)).toBe('line\n')
    expect(await at(file, 0)).toBe('online\n')
    expect(await at(file, 100)).toBe('')
    await file.close()
  })

  it('gives entries of pages by position, as they are at each read', async () => {
    const file = await open(path('/proc/kpageflags'))
    const entriesAt = async (page: number, bytes = 16): Promise<readonly bigint[] | string> => {
      const buffer = new BigUint64Array(2)
      try {
        const { bytesRead } = await file.read(buffer, 0, bytes, page * 8)
        return [...buffer.subarray(0, bytesRead / 8)]
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? ''
      }
    }
    const first = 32 * 32_768
    expect(await entriesAt(first)).toEqual([1n << 20n, 1n << 20n])
    await write(`${BLOCK}/state`, 'online')
    expect(await entriesAt(first)).toEqual([1n << 10n, 1n << 10n])
    expect(await entriesAt(first, 12)).toBe('EINVAL')
    expect(await entriesAt(first + 0.5, 8)).toBe('EINVAL')
    expect(await entriesAt(40 * 32_768)).toEqual([])
    await file.close()
  })

  it('takes each write as one word, wherever it is aimed at, and a text that is too long as a bad one', async () => {
    const file = await open(path(`${BLOCK}/state`), 'r+')
    await file.truncate(0)
    expect(await failure(file.write('online', 70))).toBe('done')
    expect(await failure(file.write('x'.repeat(10_000), 0))).toBe('EINVAL')
    await file.close()
    const appended = await open(path(`${BLOCK}/state`), 'a')
    expect(await failure(appended.appendFile('offline'))).toBe('done')
    await appended.close()
    expect(machine.current.tree.read(`${BLOCK}/state`)).toBe('offline\n')
  })

  it('serves many readers while a device comes and goes', async () => {
    const read = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const text = await failure(readFile(path(`${BLOCK}/state`), 'utf8'))
        expect(['done', 'ENOENT', 'ENODEV']).toContain(text)
      }
    }
    const change = async (): Promise<void> => {
      for (let i = 1; i < 10; i++) {
        expect(await write(EJECT, '1')).toBe('done')
        plug(machine.current, `dimm${i}`)
        await mounted.refresh()
      }
    }
    await Promise.all([change(), ...Array.from({ length: 100 }, read)])
  })

  it('is one of as many as are wanted', async () => {
    const machines = Array.from({ length: 6 }, guest)
    const others = await Promise.all(machines.map((each) => mountMachine(each)))
    const directories = others.map(({ directory }) => directory)
    expect(mountedDirectories()).toEqual(expect.arrayContaining(directories))
    machines[3]?.tree.write(`${BLOCK}/state`, 'online')
    const states = await Promise.all(
      directories.map((directory) => readFile(`${directory}${BLOCK}/state`, 'utf8')),
    )
    expect(states.map((state) => state === 'online\n')).toEqual([0, 0, 0, 1, 0, 0].map(Boolean))
    await Promise.all(others.map((each) => each.unmount()))
  })

  it('lets this process start others while it holds a file open', async () => {
    const held = await open(path(`${BLOCK}/state`))
    expect(await mounted.run('true').result).toMatchObject({ status: 0 })
    await held.close()
  })

  it('is gone after it was unmounted, with its directory', async () => {
    const { directory } = mounted
    await mounted.unmount()
    expect(mountedDirectories()).not.toContain(directory)
    expect(await failure(lstat(directory))).toBe('ENOENT')
  })
})

it('a place for temporary files that takes none is told, with the remedy', async () => {
  vi.stubEnv('TMPDIR', '/dev/null')
  await expect(mountMachine(guest())).rejects.toMatchObject({
    code: 'MOUNT_REFUSED',
    message: 'no directory can be made in /dev/null: ENOTDIR',
    remedy: 'set TMPDIR to one that can be written',
  })
  vi.unstubAllEnvs()
})

it.skipIf(!CAN_MOUNT)(
  'a directory that cannot be mounted on is told, and nothing is left',
  async () => {
    await expect(mountMachine(guest(), { directory: '/nonexistent/x' })).rejects.toMatchObject({
      code: 'MOUNT_REFUSED',
    })
    await using first = await mountMachine(guest())
    await using second = await mountMachine(guest())
    expect(first.directory).not.toBe(second.directory)
  },
)

describe('arguments of another type are refused, and nothing is mounted:', () => {
  const refusal = async (...args: readonly unknown[]): Promise<unknown> => {
    const before = mountedDirectories()
    const mount = mountMachine as (...args: readonly unknown[]) => Promise<MountedMachine>
    const { code, message } = (await mount(...args).catch((error) => error)) as {
      readonly code: unknown
      readonly message: unknown
    }
    expect(code).toBe('BAD_ARGUMENT')
    expect(mountedDirectories()).toEqual(before)
    return message
  }

  it('no machine', async () => {
    const message = /^machine must be a machine that createMachine made/
    expect(await refusal({})).toMatch(message)
    expect(await refusal()).toBe('machine is missing.')
  })

  it('an option that is not known', async () => {
    expect(await refusal(guest(), { dir: '/tmp/x' })).toMatch(/^options\.dir this key is not known/)
  })

  it.each([
    [{ settle: 'no' }, /^options\.settle must be true or false; "no" is not\./],
    [{ directory: 5 }, /^options\.directory must be a path; 5 is not\./],
    [{ links: { a: 1 } }, /^options\.links\.a must be a text; 1 is not\./],
    [{ onError: 'warn' }, /^options\.onError must be a function/],
    [{ clock: 7 }, /^options\.clock must be a MachineClock/],
  ])('an option of another type: %j', async (options, message) => {
    expect(await refusal(guest(), options)).toMatch(message)
  })
})

it.skipIf(!CAN_MOUNT)(
  'a machine is not mounted in another, which this process serves',
  async () => {
    await using mounted = await mountMachine(guest())
    const { directory } = mounted
    for (const inside of [directory, `${directory}/sys`, `${directory}/.`]) {
      await expect(mountMachine(guest(), { directory: inside })).rejects.toMatchObject({
        code: 'MOUNT_REFUSED',
        message: `${inside} cannot be mounted on: a machine is mounted at ${directory}`,
      })
    }
    const link = `${temporaryDirectory('memhp-test-')}/link`
    await symlink(directory, link)
    await (await mountMachine(guest(), { directory: link })).unmount()
    await rm(dirname(link), { recursive: true })
  },
)
