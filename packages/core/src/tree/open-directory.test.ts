import { describe, expect, it } from 'vitest'
import { directoryOf, linkTo, mountAll, readOnly } from '../kobject/mount'
import { treeOf } from '../kobject/tree'
import type { Directory } from '../model/directory'
import type { LocalTree } from '../model/file-tree'
import { openDirectory } from './open-directory'

const DEVICE = directoryOf({ status: readOnly(() => '15\n'), subsystem: linkTo('../../../bus') })
const TREE = treeOf(
  mountAll({
    '/sys/devices/acpi/mem': DEVICE,
    '/sys/bus/mem': linkTo('../devices/./acpi//mem'),
    '/sys/bus/nowhere': linkTo('/sys/none'),
    '/sys/bus/loop': linkTo('loop'),
    '/proc/meminfo': readOnly(() => 'MemTotal: 1 kB\n'),
  }),
)
const { directory: _, ...byPaths } = TREE

const contents = (directory: Directory): unknown[] =>
  directory.names().map((name) => {
    const node = directory.get(name)
    return [name, node?.kind === 'file' ? node.show?.() : node?.kind]
  })

describe.each<[string, LocalTree]>([
  ['a tree that has directories', TREE],
  ['a tree that has only paths', byPaths],
])('opening directories of %s', (_, tree) => {
  it.each(['/sys/devices/acpi/mem', '/sys/bus/mem', '/sys/bus/../devices/acpi/./mem/'])(
    '%s shows what is in it',
    (path) => {
      const directory = openDirectory(tree, path)
      expect(directory && contents(directory)).toEqual([
        ['status', '15\n'],
        ['subsystem', 'link'],
      ])
      expect(directory?.get('none')).toBeUndefined()
    },
  )

  it('looks into the directories in it', () => {
    const acpi = openDirectory(tree, '/sys/devices')?.get('acpi')
    expect(acpi?.kind === 'directory' && acpi.names()).toEqual(['mem'])
  })

  it.each(['/sys/none', '/sys/bus/nowhere', '/proc/meminfo', '/proc/meminfo/x'])(
    '%s is none',
    (path) => {
      expect(openDirectory(tree, path)).toBeUndefined()
    },
  )

  it('refuses a link that leads to itself', () => {
    expect(() => openDirectory(tree, '/sys/bus/loop')).toThrow('too many levels of symbolic links')
  })
})
