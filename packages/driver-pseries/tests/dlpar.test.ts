import { fingerprint, injectNotifierError } from '@memhp/core'
import { describe, expect, it } from 'vitest'
import { pseriesState } from '../src/index'
import { blocks, dlpar, guest, plug, plugged, unplug } from './guest'

const event = (machine: ReturnType<typeof guest>, name: string): boolean =>
  machine.state.journal.platform.some((entry) => entry.event === name)

describe('a DIMM of a pseries guest', () => {
  it('is onlined as it is plugged, whatever auto_online_blocks says (v6.1/63)', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    expect(blocks(machine)).toEqual(['memory8 online', 'memory9 online'])
  })

  it('goes LMB by LMB, and the platform deletes it', () => {
    const machine = guest()
    const before = fingerprint(machine)
    plug(machine, 'dimm0', 2)
    const { seqnum } = machine.state.journal
    unplug(machine, 'dimm0')
    const uevents = machine.state.journal.uevents.filter((uevent) => uevent.seqnum > seqnum)
    expect(uevents.map(({ action, devpath }) => `${action} ${devpath.split('/').at(-1)}`)).toEqual([
      'offline memory8',
      'remove memory8',
      'offline memory9',
      'remove memory9',
    ])
    expect(plugged(machine)).toEqual([])
    expect(event(machine, 'DEVICE_DELETED')).toBe(true)
    expect(pseriesState(machine).lmbs.size).toBe(0)
    expect(fingerprint(machine)).toBe(before)
  })

  it('stays when one LMB refuses: those that went come back, and the unplug is cancelled (v6.1/64)', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    machine.tree.write('/sys/devices/system/memory/memory8/state', 'offline')
    injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'EIO' })
    unplug(machine, 'dimm0')
    expect(blocks(machine)).toEqual(['memory8 online', 'memory9 online'])
    expect(plugged(machine)).toEqual(['dimm0'])
    expect(event(machine, 'DEVICE_UNPLUG_GUEST_ERROR')).toBe(true)
    injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: null })
    unplug(machine, 'dimm0')
    expect(plugged(machine)).toEqual([])
  })

  it('stays asked for when its first LMB refuses: no hint reaches the platform', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'EIO' })
    unplug(machine, 'dimm0')
    expect(() => unplug(machine, 'dimm0')).toThrow(
      'Memory unplug already in progress for device dimm0',
    )
  })
})

describe('/sys/kernel/dlpar', () => {
  it('reads what it can do', () => {
    expect(guest().tree.read('/sys/kernel/dlpar')).toBe('memory,cpu\n')
  })

  it.each([
    'memory',
    'cpu add index 1',
    'memory grow index 1',
    'memory add drc 1',
    'memory add index',
    'memory add index zz',
    'memory add count 0',
    'memory add  count 1',
    'memory add indexed-count 1',
    'memory add index 0x100000000',
  ])('refuses "%s" with EINVAL and changes nothing (v6.1/65)', (text) => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    const before = fingerprint(machine)
    expect(dlpar(machine, text)).toBe('EINVAL')
    expect(fingerprint(machine)).toBe(before)
  })

  it('removes by index, and then the connector is still in use (v6.1/69)', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    expect(dlpar(machine, 'memory remove index 0x80000008\n')).toBeNull()
    expect(blocks(machine)).toEqual(['memory9 online'])
    expect(dlpar(machine, 'memory add index 0x80000008')).toBe('EPERM')
    expect(dlpar(machine, 'memory add count 1')).toBe('EINVAL')
  })

  it('answers EPERM for an assigned LMB, EINVAL for one without a DIMM or unknown (v6.1/70)', () => {
    const machine = guest()
    plug(machine, 'dimm0', 1)
    expect(dlpar(machine, 'memory add index 0x80000008')).toBe('EPERM')
    expect(dlpar(machine, 'memory add index 0x80000009')).toBe('EINVAL')
    expect(dlpar(machine, 'memory add index 0x90000000')).toBe('EINVAL')
  })

  it('passes the errno of offlining on for one LMB, and EINVAL for several (v6.1/67)', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'EIO' })
    expect(dlpar(machine, 'memory remove index 0x80000009')).toBe('EIO')
    expect(dlpar(machine, 'memory remove count 1')).toBe('EINVAL')
    expect(dlpar(machine, 'memory remove indexed-count 1 0x80000008')).toBe('EINVAL')
    expect(blocks(machine)).toEqual(['memory8 online', 'memory9 online'])
  })

  it('removes none when it cannot remove as many as asked for (v6.1/66)', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    const { seqnum } = machine.state.journal
    expect(dlpar(machine, 'memory remove count 3')).toBe('EINVAL')
    expect(machine.state.journal.seqnum).toBe(seqnum)
  })

  it('counts from the lowest LMB up, and never takes boot memory (v6.1/68)', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    expect(dlpar(machine, 'memory remove count 1')).toBeNull()
    expect(blocks(machine)).toEqual(['memory9 online'])
    expect(dlpar(machine, 'memory remove index 0x80000000')).toBe('EINVAL')
  })

  it('changes nothing by a request that is refused, and keeps no entry for what is as at boot', () => {
    const machine = guest()
    plug(machine, 'dimm0', 2)
    const { size } = pseriesState(machine).lmbs
    const before = fingerprint(machine)
    for (const request of [
      'add count 9',
      'remove count 3',
      'add indexed-count 3 0x80000008',
      'add index 0x80000008',
      'remove index 0x80000010',
    ]) {
      expect(dlpar(machine, `memory ${request}`)).not.toBeNull()
      expect(fingerprint(machine)).toBe(before)
    }
    expect([size, pseriesState(machine).lmbs.size]).toEqual([2, 2])
  })
})
