import { describe, expect, it } from 'vitest'
import { hotplugParameters } from './kernel-parameters'

describe('hotplugParameters', () => {
  it('keeps what bears on hot-plug, in order', () => {
    const text =
      'quiet memhp_default_state=online_movable movable_node memory_hotplug.online-policy=x mem=1G -- mem=2G\n'
    expect(hotplugParameters(text, [])).toEqual([
      { name: 'memhp_default_state', value: 'online_movable' },
      { name: 'movable_node', value: null },
      { name: 'memory_hotplug.online-policy', value: 'x' },
      { name: 'mem', value: '1G' },
    ])
  })

  it('keeps quoted blanks together', () => {
    expect(hotplugParameters('foo="a mem=1G b" "mem=2G"', [])).toEqual([
      { name: 'mem', value: '2G' },
    ])
  })

  it('takes dashes for underscores, as the kernel does', () => {
    expect(hotplugParameters('movable-node', [])).toEqual([{ name: 'movable-node', value: null }])
  })
})
