import { describe, expect, it, test } from 'vitest'
import { RFC9 } from '../generation/rfc9'
import { V6_1 } from '../generation/v6-1'
import { V6_12 } from '../generation/v6-12'
import type { Settings } from '../model/state'
import { settingsOf } from './settings'

/** The settings of a kernel whose configuration leaves added blocks offline. */
const bootOf =
  ({ rules }: typeof V6_1) =>
  (cmdline: string): Settings =>
    settingsOf(cmdline, rules, { defaultOnlineType: 'offline' })
const of61 = bootOf(V6_1)

const DEFAULTS = of61('')

describe('the settings that a kernel comes up with', () => {
  test.each<readonly [string, Partial<Settings>]>([
    ['memhp_default_state=online_movable', { autoOnline: 'online_movable' }],
    ['memhp-default-state=online', { autoOnline: 'online' }],
    ['memory_hotplug.memmap_on_memory', { memmapOnMemory: 'Y' }],
    ['memory_hotplug.memmap_on_memory=true', { memmapOnMemory: 'Y' }],
    ['memory_hotplug.memmap-on-memory=on', { memmapOnMemory: 'Y' }],
    ['memory_hotplug.auto_movable_numa_aware=f', { autoMovableNumaAware: false }],
    ['memory_hotplug.auto_movable_ratio=0x10', { autoMovableRatio: 16 }],
    ['memory_hotplug.online_policy="auto-movable"', { onlinePolicy: 'auto-movable' }],
    ['movable_node', { movableNode: true }],
  ])('%s', (cmdline, settings) => {
    expect(of61(cmdline)).toEqual({ ...DEFAULTS, ...settings })
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
    expect(of61(cmdline)).toEqual(DEFAULTS)
  })

  it('are those of the last parameter that the kernel takes', () => {
    const cmdline = 'memhp_default_state=online memhp_default_state=offline memhp_default_state=on'
    expect(of61(cmdline).autoOnline).toBe('offline')
  })

  it('know force from 6.12 on', () => {
    const cmdline = 'memory_hotplug.memmap_on_memory=force'
    const modes = [V6_1, V6_12].map((generation) => bootOf(generation)(cmdline).memmapOnMemory)
    expect(modes).toEqual(['N', 'force'])
  })

  it('heed no parameter in the series of 2012', () => {
    const cmdline = 'memhp_default_state=online movable_node memory_hotplug.memmap_on_memory=1'
    expect(bootOf(RFC9)(cmdline)).toEqual(DEFAULTS)
  })

  it('follow the configuration where the command line says nothing', () => {
    const config = { defaultOnlineType: 'online_kernel' } as const
    expect(settingsOf('', V6_1.rules, config).autoOnline).toBe('online_kernel')
  })
})
