import { describe, expect, it, test } from 'vitest'
import type { Settings } from '../model/state'
import { settingsOf } from './settings'

const DEFAULTS = settingsOf('')

describe('the settings that a kernel comes up with', () => {
  test.each<readonly [string, Partial<Settings>]>([
    ['memhp_default_state=online_movable', { autoOnline: 'online_movable' }],
    ['memhp-default-state=online', { autoOnline: 'online' }],
    ['memory_hotplug.memmap_on_memory', { memmapOnMemory: true }],
    ['memory_hotplug.memmap_on_memory=true', { memmapOnMemory: true }],
    ['memory_hotplug.memmap-on-memory=on', { memmapOnMemory: true }],
    ['memory_hotplug.auto_movable_numa_aware=f', { autoMovableNumaAware: false }],
    ['memory_hotplug.auto_movable_ratio=0x10', { autoMovableRatio: 16 }],
    ['memory_hotplug.online_policy="auto-movable"', { onlinePolicy: 'auto-movable' }],
    ['movable_node acpi_no_memhotplug', { movableNode: true, acpiNoMemhotplug: true }],
  ])('%s', (cmdline, settings) => {
    expect(settingsOf(cmdline)).toEqual({ ...DEFAULTS, ...settings })
  })

  test.each([
    'memory_hotplug.memmap_on_memory=',
    'memory_hotplug.auto_movable_numa_aware=maybe',
    'memory_hotplug.auto_movable_ratio=1e3',
    'memory_hotplug.auto_movable_ratio=-1',
    'memory_hotplug.online_policy',
    'memhp_default_state=Online',
    'foo="movable_node memory_hotplug.memmap_on_memory=1"',
    '-- movable_node memhp_default_state=online',
  ])('are the default ones after %s', (cmdline) => {
    expect(settingsOf(cmdline)).toEqual(DEFAULTS)
  })

  it('are those of the last parameter that the kernel takes', () => {
    const cmdline = 'memhp_default_state=online memhp_default_state=offline memhp_default_state=on'
    expect(settingsOf(cmdline).autoOnline).toBe('offline')
  })
})
