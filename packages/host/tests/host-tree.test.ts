import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { isHotplugError } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { type HostTree, hostTree } from '../src/index'
import { makeFifo, put, temporaryFolder } from './sysroot'

const STATE = '/sys/devices/system/memory/memory2/state'

async function errnoOf(ask: () => unknown): Promise<string> {
  try {
    await ask()
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

  test('gives short texts of a directory, and of nothing but regular files', async () => {
    const root = sysroot()
    const block = '/sys/devices/system/memory/memory2'
    put(root, `${block}/empty`, '')
    put(root, `${block}/long`, 'x'.repeat(5000))
    mkdirSync(join(root, block, 'power'))
    makeFifo(join(root, block, 'fifo'))
    symlinkSync('../../../../../etc/inside', join(root, block, 'removable'))
    const tree = hostTree({ sysroot: root })
    const names = ['state', 'empty', 'long', 'power', 'fifo', 'removable', 'nothing']
    expect(await tree.texts(block, names)).toEqual(['online\n', '', ...Array(5).fill(undefined)])
    // Then at once, too.
    expect(tree.texts(block, ['state'])).toEqual(['online\n'])
    expect(await errnoOf(async () => tree.texts('/sys/nothing', ['state']))).toBe('ENOENT')
    expect(await tree.texts('/sys/absolute', ['inside'])).toEqual(['inside\n'])
    expect(await errnoOf(async () => tree.texts('/sys/out', ['file']))).toBe('ENOENT')
  })

  test('gives names as the directory has them', async () => {
    const root = sysroot()
    for (const name of ['b', 'a', 'c']) put(root, `/sys/some/${name}`, '')
    const tree = hostTree({ sysroot: root })
    expect([...(await tree.unsorted('/sys/some'))].sort()).toEqual(['a', 'b', 'c'])
    expect(await errnoOf(async () => tree.unsorted('/sys/nothing'))).toBe('ENOENT')
    expect(await errnoOf(async () => tree.unsorted('/sys/out'))).toBe('ENOENT')
  })

  test('gives a directory with the texts in it, as it gives each', async () => {
    const root = sysroot()
    const block = '/sys/devices/system/memory/memory2'
    put(root, `${block}/valid_zones`, 'Normal\n')
    put(root, `${block}/long`, 'x'.repeat(5000))
    put(root, `${block}/probe`, 'never read\n')
    chmodSync(join(root, block, 'probe'), 0o200)
    mkdirSync(join(root, block, 'power'))
    makeFifo(join(root, block, 'fifo'))
    symlinkSync('../../../../../etc/inside', join(root, block, 'removable'))
    const tree = hostTree({ sysroot: root })
    const asked = { wanted: (name: string) => name !== 'valid_zones', modes: true }
    const contents = await tree.contents?.(block, asked)
    if (contents === undefined) throw new Error('no contents')
    const { names, kinds, texts, modes } = contents
    expect(names).toEqual(await tree.list(block))
    expect(names.map((name, i) => [name, kinds[i], texts[i], modes[i]?.toString(8)])).toEqual([
      ['fifo', 'other', undefined, undefined],
      ['long', 'file', undefined, undefined],
      ['power', 'directory', undefined, undefined],
      ['probe', 'file', undefined, undefined],
      ['removable', 'link', undefined, undefined],
      ['state', 'file', 'online\n', '644'],
      ['valid_zones', 'file', undefined, undefined],
    ])
    expect(await tree.read(`${block}/removable`)).toBe('inside\n')
    expect(await errnoOf(() => tree.contents?.('/sys/nothing', asked))).toBe('ENOENT')
    expect(await errnoOf(() => tree.contents?.('/sys/devices/out', asked))).toBe('ENOENT')
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
    expect(await errnoOf(() => tree.read(path))).toBe('ENOENT')
    expect(await errnoOf(() => tree.write(path, 'x'))).toBe('ENOENT')
    expect(await tree.lookup(path)).toBeUndefined()
  })

  test('refuses as the system calls do', async () => {
    const tree = hostTree({ sysroot: sysroot() })
    expect(await errnoOf(() => tree.read('/sys/nothing'))).toBe('ENOENT')
    expect(await errnoOf(() => tree.read('/sys'))).toBe('EISDIR')
    expect(await errnoOf(() => tree.read(`${STATE}/below`))).toBe('ENOTDIR')
    expect(await errnoOf(() => tree.list(STATE))).toBe('ENOTDIR')
    expect(await errnoOf(() => tree.readlink(STATE))).toBe('EINVAL')
    expect(await errnoOf(() => tree.read('/a'))).toBe('ELOOP')
    expect(await errnoOf(() => hostTree({ sysroot: '/nowhere-at-all' }).read('/x'))).toBe('ENOENT')
  })
})

/** What was asked of a tree before one of its files is read. */
const BEFORE: readonly (readonly [string, (tree: HostTree) => Promise<unknown>])[] = [
  ['nothing was asked', async () => undefined],
  ['its directory was listed', async (tree) => tree.list('/sys')],
]

describe.each(BEFORE)('files of a sysroot, after %s', (_, before) => {
  test('that are not regular are refused and not read', async () => {
    const root = sysroot()
    makeFifo(join(root, 'sys/fifo'))
    symlinkSync('fifo', join(root, 'sys/linked'))
    const tree = hostTree({ sysroot: root })
    await before(tree)
    expect(await errnoOf(() => tree.read('/sys/fifo'))).toBe('EINVAL')
    expect(await errnoOf(() => tree.read('/sys/linked'))).toBe('EINVAL')
    expect(await errnoOf(() => hostTree().read('/dev/zero'))).toBe('EINVAL')
  })

  test('are read to their end, whatever their length', async () => {
    const root = sysroot()
    const tree = hostTree({ sysroot: root })
    for (const length of [0, 1, 2 ** 16 - 1, 2 ** 16, 2 ** 16 + 1, 3 * 2 ** 17]) {
      const text = 'aé'.repeat(length).slice(0, length)
      put(root, '/sys/long', text)
      await before(tree)
      expect(await tree.read('/sys/long')).toBe(text)
    }
  })

  test('of more than 64 MiB are refused', async () => {
    const root = sysroot()
    put(root, '/sys/huge', '')
    truncateSync(join(root, 'sys/huge'), 2 ** 26 + 1)
    const tree = hostTree({ sysroot: root })
    await before(tree)
    expect(await errnoOf(() => tree.read('/sys/huge'))).toBe('EFBIG')
  })
})

test('a link beside directories that were listed leads about below the root all the same', async () => {
  const root = sysroot()
  put(root, '/sys/many/a/text', 'a\n')
  put(root, '/sys/many/b/text', 'b\n')
  symlinkSync('/sys/many/a', join(root, 'sys/many/c'))
  symlinkSync(root, join(root, 'sys/many/d'))
  const tree = hostTree({ sysroot: root })
  const texts: unknown[] = []
  for (const name of await tree.list('/sys/many')) {
    if ((await errnoOf(() => tree.list(`/sys/many/${name}`))) !== 'nothing') continue
    texts.push(await tree.read(`/sys/many/${name}/text`))
  }
  expect(texts).toEqual(['a\n', 'b\n', 'a\n'])
})

test('a file of /proc, which says that it is empty, is read to its end', async () => {
  const text = await hostTree().read('/proc/meminfo')
  expect(text).toMatch(/^MemTotal: /)
  expect(text.length).toBeGreaterThan(100)
})

test('a sysroot that changes is seen as it is, once other work had its turn', async () => {
  const root = sysroot()
  const tree = hostTree({ sysroot: root })
  expect(await tree.read('/sys/absolute/inside')).toBe('inside\n')
  rmSync(join(root, 'sys/absolute'))
  put(root, '/sys/absolute/inside', 'another\n')
  await expect.poll(() => tree.read('/sys/absolute/inside')).toBe('another\n')
})

test('other work of the process has its turn while a tree is read for long', async () => {
  const tree = hostTree({ sysroot: sysroot() })
  let isOver = false
  setTimeout(() => {
    isOver = true
  }, 1)
  while (!isOver) await tree.read(STATE)
})

describe('writing', () => {
  test('is refused unless the tree was made writable', async () => {
    const root = sysroot()
    expect(await errnoOf(() => hostTree({ sysroot: root }).write(STATE, 'offline'))).toBe('EROFS')
    expect(readFileSync(join(root, STATE), 'utf8')).toBe('online\n')
    expect(await errnoOf(() => hostTree().write(STATE, 'offline'))).toBe('EROFS')
  })

  test('replaces the text of a file and makes none', async () => {
    const root = sysroot()
    const tree = hostTree({ sysroot: root, writable: true })
    await tree.write(STATE, 'offline')
    expect(readFileSync(join(root, STATE), 'utf8')).toBe('offline')
    expect(await errnoOf(() => tree.write('/sys/new', 'x'))).toBe('ENOENT')
    expect(await errnoOf(() => tree.write('/sys', 'x'))).toBe('EISDIR')
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
