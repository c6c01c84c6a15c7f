import { gzipSync } from 'node:zlib'
import { isHotplugError } from '@memhp/core'
import { expect, test } from 'vitest'
import { flatViewOf, readSnapshot } from './snapshot'

const PRINTED = `/sys/devices/system/memory/auto_online_blocks:offline
/sys/devices/system/memory/block_size_bytes:8000000
/sys/devices/system/memory/memory32/state:online
/sys/devices/system/memory/memory32/valid_zones:Normal Movable
/sys/devices/system/node/has_cpu:
/sys/bus/acpi/devices/PNP0C80:00/path:\\_SB_.MHPC.MP00
/sys/devices/system/node/node0/meminfo:Node 0 MemTotal:         929308 kB
/proc/meminfo:HardwareCorrupted:     4 kB
/proc/meminfo:DirectMap2M:      1024000 kB
/proc/iomem:  100000000-107ffffff : System RAM
/proc/zoneinfo:Node 0, zone   Normal
/proc/zoneinfo:        spanned  32768
/proc/zoneinfo:  start_pfn:           1048576
'/sys/devices/system/memory/memory32/node0' -> '../../node/node0'
'/sys/devices/system/node/node0/memory32' -> '../../memory/memory32'
'/sys/bus/acpi/devices/PNP0C80:00/physical_node' -> '../../../../system/memory/memory32'
`
const packed = gzipSync(PRINTED)

test('what the agent prints becomes a flat view, key for key, without empty lines', () => {
  expect(flatViewOf(packed)).toEqual({
    '/sys/devices/system/memory/auto_online_blocks': 'offline',
    '/sys/devices/system/memory/block_size_bytes': '8000000',
    '/sys/devices/system/memory/memory32/state': 'online',
    '/sys/devices/system/memory/memory32/valid_zones': 'Normal Movable',
    '/sys/devices/system/memory/memory32/node0': '-> ../../node/node0',
    '/sys/devices/system/node/node0/memory32': 'link',
    '/sys/devices/system/node/node0/meminfo#MemTotal': '929308 kB',
    '/sys/bus/acpi/devices/PNP0C80:00/path': '\\_SB_.MHPC.MP00',
    '/sys/bus/acpi/devices/PNP0C80:00/physical_node': '-> ../../../../system/memory/memory32',
    '/proc/meminfo#HardwareCorrupted': '4 kB',
    '/proc/meminfo#DirectMap2M': '1024000 kB',
    '/proc/iomem': '  100000000-107ffffff : System RAM',
    '/proc/zoneinfo#0/Normal/spanned': '32768',
    '/proc/zoneinfo#0/Normal/start_pfn': '1048576',
  })
})

test('the snapshot is a tree that refuses as a tree does', () => {
  const tree = readSnapshot(packed)
  const errno = (act: () => unknown): unknown => {
    try {
      return act()
    } catch (error) {
      return isHotplugError(error) ? error.errno : error
    }
  }
  expect(tree.list('/')).toEqual(['proc', 'sys'])
  expect(tree.list('/sys/devices/system/memory/memory32')).toEqual([
    'node0',
    'state',
    'valid_zones',
  ])
  expect(tree.lookup('/sys/devices')).toEqual({ kind: 'directory', mode: 0o444 })
  expect(tree.lookup('/none')).toBeUndefined()
  expect(errno(() => tree.read('/none'))).toBe('ENOENT')
  expect(errno(() => tree.read('/sys'))).toBe('EISDIR')
  expect(errno(() => tree.list('/proc/iomem'))).toBe('ENOTDIR')
  expect(errno(() => tree.readlink('/proc/iomem'))).toBe('EINVAL')
  expect(errno(() => tree.write('/proc/iomem', ''))).toBe('EROFS')
})
