import { expect, test } from 'vitest'
import {
  BLOCK_SIZE_FILE,
  blockFile,
  firmwareMapEntry,
  MEMORY_DIRECTORY,
  nodeFile,
  parameterFile,
} from './paths'

test('paths are those that the kernel makes', () => {
  expect(BLOCK_SIZE_FILE).toBe(`${MEMORY_DIRECTORY}/block_size_bytes`)
  expect(blockFile(32, 'state')).toBe('/sys/devices/system/memory/memory32/state')
  expect(nodeFile(1, 'meminfo')).toBe('/sys/devices/system/node/node1/meminfo')
  expect(firmwareMapEntry(0)).toBe('/sys/firmware/memmap/0')
  expect(parameterFile('online_policy')).toBe('/sys/module/memory_hotplug/parameters/online_policy')
})
