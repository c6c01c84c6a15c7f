import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isHotplugError } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { hostTree } from '../src/index'
import { put, temporaryFolder } from './sysroot'

const STATE = '/sys/devices/system/memory/memory2/state'

async function errnoOf(ask: Promise<unknown>): Promise<string> {
  try {
    await ask
    return 'nothing'
  } catch (error) {
    return isHotplugError(error) ? error.errno : `not a HotplugError: ${String(error)}`
  }
}

/** A folder that stands for a host, beside one with a secret. */
function sysroot(): string {
  const folder = temporaryFolder()
  const root = join(folder, 'root')
  put(folder, 'secret/file', 'secret\n')
  put(root, STATE, 'online\n')
  put(root, '/etc/inside', 'inside\n')
  symlinkSync('../../devices/system', join(root, 'sys/devices/system/relative'))
  symlinkSync('/etc', join(root, 'sys/absolute'))
  symlinkSync('../../../../../../../../etc', join(root, 'sys/above'))
  symlinkSync(join(folder, 'secret'), join(root, 'sys/out'))
  symlinkSync('../../../secret', join(root, 'sys/devices/out'))
  symlinkSync('b', join(root, 'a'))
  symlinkSync('a', join(root, 'b'))
  return root
}

describe('the tree of a sysroot', () => {
  test('reads, lists, and looks up without following the last link', async () => {
    const tree = hostTree({ sysroot: sysroot() })
    expect(await tree.read(STATE)).toBe('online\n')
    expect(await tree.list('/sys/devices/system/memory')).toEqual(['memory2'])
    expect((await tree.lookup(STATE))?.kind).toBe('file')
    expect((await tree.lookup('/sys'))?.kind).toBe('directory')
    expect((await tree.lookup('/sys/absolute'))?.kind).toBe('link')
    expect(await tree.readlink('/sys/absolute')).toBe('/etc')
    expect(await tree.lookup('/sys/nothing')).toBeUndefined()
    expect(await tree.lookup(`${STATE}/below`)).toBeUndefined()
  })

  test('links and dots lead about below the root', async () => {
    const tree = hostTree({ sysroot: sysroot() })
    expect(await tree.read('/sys/absolute/inside')).toBe('inside\n')
    expect(await tree.read('/sys/above/inside')).toBe('inside\n')
    expect(await tree.read('/../../etc/./inside')).toBe('inside\n')
    expect(await tree.read('/sys/devices/../absolute/../etc/inside')).toBe('inside\n')
  })

  test.each([
    '/sys/out/file',
    '/sys/devices/out/file',
    '/../secret/file',
    '/sys/../../secret/file',
    '/sys/absolute/../../secret/file',
  ])('%s does not lead out of it', async (path) => {
    const tree = hostTree({ sysroot: sysroot(), writable: true })
    expect(await errnoOf(tree.read(path))).toBe('ENOENT')
    expect(await errnoOf(tree.write(path, 'x'))).toBe('ENOENT')
    expect(await tree.lookup(path)).toBeUndefined()
  })

  test('refuses as the system calls do', async () => {
    const tree = hostTree({ sysroot: sysroot() })
    expect(await errnoOf(tree.read('/sys/nothing'))).toBe('ENOENT')
    expect(await errnoOf(tree.read('/sys'))).toBe('EISDIR')
    expect(await errnoOf(tree.read(`${STATE}/below`))).toBe('ENOTDIR')
    expect(await errnoOf(tree.list(STATE))).toBe('ENOTDIR')
    expect(await errnoOf(tree.readlink(STATE))).toBe('EINVAL')
    expect(await errnoOf(tree.read('/a'))).toBe('ELOOP')
    expect(await errnoOf(hostTree({ sysroot: '/nowhere-at-all' }).read('/x'))).toBe('ENOENT')
  })
})

describe('writing', () => {
  test('is refused unless the tree was made writable', async () => {
    const root = sysroot()
    expect(await errnoOf(hostTree({ sysroot: root }).write(STATE, 'offline'))).toBe('EROFS')
    expect(readFileSync(join(root, STATE), 'utf8')).toBe('online\n')
    expect(await errnoOf(hostTree().write(STATE, 'offline'))).toBe('EROFS')
  })

  test('replaces the text of a file and makes none', async () => {
    const root = sysroot()
    const tree = hostTree({ sysroot: root, writable: true })
    await tree.write(STATE, 'offline')
    expect(readFileSync(join(root, STATE), 'utf8')).toBe('offline')
    expect(await errnoOf(tree.write('/sys/new', 'x'))).toBe('ENOENT')
    expect(await errnoOf(tree.write('/sys', 'x'))).toBe('EISDIR')
  })
})

test('a folder with a link above it is confined all the same', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'real'))
  put(folder, 'real/etc/inside', 'inside\n')
  symlinkSync('real', join(folder, 'link'))
  const tree = hostTree({ sysroot: join(folder, 'link') })
  expect(await tree.read('/etc/inside')).toBe('inside\n')
})
