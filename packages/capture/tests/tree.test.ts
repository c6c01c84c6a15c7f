import { HotplugError } from '@memhp/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Capture, captureTree } from '../src/index'

const capture = (parts: Partial<Capture>): Capture => ({
  format: 'memhp-capture',
  version: 1,
  tool: 'test',
  arch: 'x86_64',
  kernelRelease: '6.1.0',
  files: {},
  links: {},
  directories: [],
  modes: {},
  unreadable: [],
  redacted: [],
  ...parts,
})

const tree = captureTree(
  capture({
    files: {
      '/sys/devices/system/memory/memory2/state': 'online\n',
      '/sys/devices/system/memory/memory10/state': 'offline\n',
      '/sys/devices/acpi/PNP0C80:00/status': '15\n',
    },
    links: {
      '/sys/bus/acpi/devices/PNP0C80:00': '../../../devices/acpi/PNP0C80:00',
      '/sys/devices/acpi/PNP0C80:00/physical_node': '../../system/memory/memory2',
      '/sys/absolute': '/sys/devices/system',
      '/sys/up': '../../../../sys/devices',
      '/loop/a': 'b',
      '/loop/b': 'a',
    },
    directories: ['/sys/empty'],
    modes: {
      '/sys/devices/system/memory/memory2/state': '644',
      '/sys/devices/acpi/PNP0C80:00/eject': '200',
    },
    unreadable: [{ path: '/proc/pagetypeinfo', errno: 'EPERM', assume: 'Nothing.' }],
  }),
)

const errnoOf = (ask: () => unknown): string | undefined => {
  try {
    ask()
    return undefined
  } catch (error) {
    return error instanceof HotplugError ? error.errno : 'not a HotplugError'
  }
}

describe('the tree of a capture', () => {
  test.each([
    '/sys/devices/system/memory/memory2/state',
    '/sys/bus/acpi/devices/PNP0C80:00/physical_node/state',
    '/sys/absolute/memory/memory2/state',
    '/sys/up/system/memory/memory2/../memory2/./state',
    '//sys/bus/acpi/devices/PNP0C80:00/../../system/memory/memory2/state',
  ])('%s leads to a file through links', (path) => {
    expect(tree.read(path)).toBe('online\n')
  })

  test('lists names in natural order', () => {
    expect(tree.list('/sys/absolute/memory')).toEqual(['memory2', 'memory10'])
    expect(tree.list('/sys/empty')).toEqual([])
    expect(tree.list('/')).toEqual(['loop', 'proc', 'sys'])
  })

  test('does not follow the last link of lookup and readlink', () => {
    const link = '/sys/bus/acpi/devices/PNP0C80:00'
    expect(tree.lookup(link)).toEqual({ kind: 'link', mode: 0o777 })
    expect(tree.readlink(link)).toBe('../../../devices/acpi/PNP0C80:00')
    expect(tree.lookup(`${link}/status`)).toEqual({ kind: 'file', mode: 0o444 })
    expect(tree.lookup(`${link}/eject`)).toEqual({ kind: 'file', mode: 0o200 })
    expect(tree.lookup('/sys')).toEqual({ kind: 'directory', mode: 0o755 })
    expect(tree.lookup('/sys/nothing')).toBeUndefined()
    expect(tree.lookup('/proc/pagetypeinfo/below')).toBeUndefined()
  })

  test.each<[string, () => unknown, string]>([
    ['a missing file', () => tree.read('/sys/nothing'), 'ENOENT'],
    ['a path through a file', () => tree.read('/sys/absolute/memory/memory2/state/x'), 'ENOTDIR'],
    ['a directory that is read', () => tree.read('/sys'), 'EISDIR'],
    ['a file that is listed', () => tree.list('/sys/absolute/memory/memory2/state'), 'ENOTDIR'],
    ['a readlink of a file', () => tree.readlink('/sys/absolute/memory/memory2/state'), 'EINVAL'],
    ['links in a circle', () => tree.read('/loop/a'), 'ELOOP'],
    ['a write-only file', () => tree.read('/sys/bus/acpi/devices/PNP0C80:00/eject'), 'EACCES'],
    ['what the capture could not read', () => tree.read('/proc/pagetypeinfo'), 'EPERM'],
    ['a write', () => tree.write('/sys/absolute/memory/memory2/state', 'offline'), 'EROFS'],
  ])('%s gives the errno of the system call', (_, ask, errno) => {
    expect(errnoOf(ask)).toBe(errno)
  })

  test('of any files gives each back and lists every name', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '1', '2'),
      minLength: 1,
      maxLength: 3,
    })
    const path = fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((names) => `/${names.join('/')}/f`)
    fc.assert(
      fc.property(fc.dictionary(path, fc.string()), (files) => {
        const paths = Object.keys(files)
        const clashing = paths.some((a) => paths.some((b) => b.startsWith(`${a}/`)))
        fc.pre(!clashing)
        const any = captureTree(capture({ files }))
        for (const [at, text] of Object.entries(files)) {
          expect(any.read(at)).toBe(text)
          const slash = at.lastIndexOf('/')
          expect(any.list(at.slice(0, slash))).toContain(at.slice(slash + 1))
        }
      }),
    )
  })
})
