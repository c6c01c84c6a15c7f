import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { isHotplugError, type TreeChange } from '@memhp/core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Guest, launchGuest, type QmpClient, QmpError, startGuest } from '../src/index'
import { cpioArchive } from '../src/initramfs/cpio'
import { findGuestFiles } from '../src/initramfs/guest-files'
import { guestTest, whyNoGuest } from './real-guest'

// Software emulation on a busy machine is slow; a few seconds are usual.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

const MEMORY = '/sys/devices/system/memory'
const missing = await whyNoGuest('x86_64')
const missingPower = await whyNoGuest('ppc64le-radix')

const errnoOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (isHotplugError(error) ? error.errno : error),
  )

describe('a guest on x86_64', () => {
  let guest: Guest

  beforeAll(async () => {
    if (missing !== undefined) return
    guest = await startGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 512 }, { mib: 0 }], slots: 4, maxMib: 8192 },
    })
  })
  afterAll(() => guest?.stop())

  guestTest(missing, 'has a file tree that reads as files do', async () => {
    const { tree } = guest
    expect(guest.kernel).toMatch(/^6\.1\./)
    const names = await tree.list(MEMORY)
    expect(names.filter((name) => /^memory\d+$/.test(name))).toHaveLength(4)
    const states = names
      .filter((name) => name.startsWith('memory'))
      .map((name) => tree.read(`${MEMORY}/${name}/state`))
    expect(new Set(await Promise.all(states))).toEqual(new Set(['online\n']))
    expect(await tree.read('/proc/cmdline')).toContain('console=ttyS0')
    expect(await tree.readlink(`${MEMORY}/memory1/node0`)).toBe('../../node/node0')
    expect(await tree.lookup(`${MEMORY}/memory1/state`)).toEqual({ kind: 'file', mode: 0o644 })
    expect(await tree.lookup(`${MEMORY}/memory1`)).toEqual({ kind: 'directory', mode: 0o755 })
    expect(await tree.lookup(`${MEMORY}/memory99`)).toBeUndefined()
  })

  guestTest(missing, 'answers with the errno of the system call', async () => {
    const { tree } = guest
    const state = `${MEMORY}/memory1/state`
    expect(
      await Promise.all([
        errnoOf(tree.read('/none')),
        errnoOf(tree.read(MEMORY)),
        errnoOf(tree.read(`${state}/x`)),
        errnoOf(tree.list(state)),
        errnoOf(tree.list('/none')),
        errnoOf(tree.readlink(state)),
        errnoOf(tree.write(state, 'onlin')),
        errnoOf(tree.write(`${MEMORY}/memory1/valid_zones`, 'x')),
        errnoOf(tree.write(`${MEMORY}/none`, 'x')),
      ]),
    ).toEqual([
      ...['ENOENT', 'EISDIR', 'ENOTDIR', 'ENOTDIR', 'ENOENT', 'EINVAL'],
      ...['EINVAL', 'EACCES', 'ENOENT'],
    ])
  })

  guestTest(missing, 'takes a text as it is, in one write', async () => {
    const text = "it's 100% \\n größe\n-n\n"
    await guest.run(': >/run/there')
    await guest.tree.write('/run/there', text)
    expect(await guest.tree.read('/run/there')).toBe(text)
    await guest.tree.write('/run/there', '-n')
    expect(await guest.tree.read('/run/there')).toBe('-n')
  })

  guestTest(missing, 'runs scripts', async () => {
    expect(await guest.run('echo one\necho "it\'s" >&2\nexit 3')).toEqual({
      status: 3,
      stdout: 'one\n',
      stderr: "it's\n",
    })
    expect(await guest.kernelLog()).toContain('Linux version 6.1.')
  })

  guestTest(
    missing,
    'is read while a write does not come back, and the write can be killed',
    async () => {
      await guest.run('mkfifo /run/fifo')
      const stop = new AbortController()
      const writing = errnoOf(guest.tree.write('/run/fifo', 'x', { signal: stop.signal }))
      const waiting = errnoOf(guest.tree.write('/run/fifo', 'y', { signal: stop.signal }))
      await sleep(100)
      expect(await guest.tree.read(`${MEMORY}/memory1/state`)).toBe('online\n')
      stop.abort(new Error('enough'))
      expect(await writing).toBe('EINTR')
      expect(await waiting).toMatchObject({ message: 'enough' })
    },
  )

  guestTest(missing, 'plugs, onlines, refuses an eject, lets go: each recorded', async () => {
    const changes: TreeChange[] = []
    const stop = guest.tree.watch((change) => changes.push(change))
    const before = await guest.flatView()

    const plugged = await guest.plug({ id: 'dimm1', mib: 256, node: 1 })
    expect(plugged.result).toEqual({ devices: [['dimm1', 2 ** 32, 2 ** 28, 1]] })
    expect(plugged.uevents).toEqual([
      'add /devices/system/memory/memory32 memory',
      'add /devices/system/memory/memory33 memory',
      'add /devices/system/node/node1 node',
    ])
    expect(plugged.qmp).toMatchObject([
      { event: 'ACPI_DEVICE_OST', data: { info: { device: 'dimm1', source: 1, status: 0 } } },
    ])
    expect(plugged.set[`${MEMORY}/memory32/state`]).toBe('offline')

    const online = await guest.write(`${MEMORY}/memory32/state`, 'online_movable')
    expect(online.result.errno).toBeNull()
    expect(online.uevents).toEqual(['online /devices/system/memory/memory32 memory'])
    expect(online.set['/proc/zoneinfo#1/Movable/present']).toBe('32768')

    await guest.inject({ event: 'MEM_GOING_OFFLINE', errno: -16 })
    const refused = await guest.unplug('dimm1')
    expect(refused.result.devices).toHaveLength(1)
    expect(refused.qmp.map(({ data }) => data)).toMatchObject([
      { info: { source: 3, status: 132 } },
      { info: { source: 3, status: 130 } },
    ])
    const offline = await guest.write(`${MEMORY}/memory32/state`, 'offline')
    expect(offline.result.errno).toBe('EBUSY')
    await guest.inject({ event: 'MEM_GOING_OFFLINE', errno: 0 })

    const filled = await guest.fill({ node: 1, mib: 8 })
    expect(filled.result.ok).toBe(true)
    const gone = await guest.unplug('dimm1')
    expect(gone.result.devices).toEqual([])
    expect(gone.qmp.map(({ event }) => event)).toContain('DEVICE_DELETED')
    expect(gone.gone).toContain(`${MEMORY}/memory32/state`)
    expect(await guest.corruptFiles()).toEqual([])
    const dropped = await guest.drop('/mnt/f1/x')
    expect(dropped.result).toEqual({ devices: [], ok: true })
    stop()

    expect(guest.missedUevents).toBe(0)
    expect(changes).toContainEqual({ action: 'remove', path: `${MEMORY}/memory33` })
    const after = await guest.flatView()
    const blocks = (view: object): string[] =>
      Object.keys(view).filter((key) => key.startsWith(`${MEMORY}/`))
    expect(blocks(after)).toEqual(blocks(before))
    expect(guest.trace('mine')).toMatchObject({
      arch: 'x86_64',
      machine: {
        nodes_mib: [512, 0],
        boot_mib: 512,
        slots: 4,
        max_mib: 8192,
        cpus: 1,
        cmdline: '',
      },
    })
  })

  guestTest(
    missing,
    'a DIMM that is not a whole number of blocks is taken by QEMU and refused by the kernel',
    async () => {
      const step = await guest.plug({ id: 'dimm2', mib: 100 })
      expect(step.result.devices).toHaveLength(1)
      expect(step.uevents).toEqual([])
      expect(await guest.kernelLog()).toContain('hotplug range')
    },
  )

  guestTest(missing, 'what QEMU refuses at once is a result, with QEMU’s words', async () => {
    const twice = await guest.plug({ id: 'dimm2', mib: 128 })
    expect(twice.result.error).toContain('dimm2')
    const large = await guest.plug({ id: 'dimm3', mib: 16_384 })
    expect(large.result.error).toContain('not enough space')
    const absent = await guest.unplug('dimm9')
    expect(absent.result.error).toBe("Device 'dimm9' not found")
    expect(absent.qmp).toEqual([])
    // A backend that serves no device is not left behind.
    const objects = await guest.qmp.execute('qom-list', { path: '/objects' })
    expect(objects.map(({ name }) => name)).not.toContain('dimm3-ram')
  })

  guestTest(missing, 'is gone in mid-command: whatever waits is told', async () => {
    const told = Promise.all([
      expect(guest.run('sleep 1000')).rejects.toThrow('the guest has ended by SIGKILL'),
      expect(guest.run('true')).rejects.toMatchObject({ code: 'GUEST_GONE' }),
      expect(guest.qmp.waitForEvent('DEVICE_DELETED')).rejects.toMatchObject({ reason: 'lost' }),
    ])
    await sleep(50)
    process.kill(guest.process.pid, 'SIGKILL')
    await told
    await expect(guest.tree.list('/')).rejects.toMatchObject({ code: 'GUEST_GONE' })
    await expect(guest.qmp.execute('query-status')).rejects.toMatchObject({ reason: 'lost' })
    expect(await guest.stop()).toMatchObject({ signal: 'SIGKILL' })
  })
})

describe('QEMU’s monitor', () => {
  const descOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'no error',
      (error: unknown) => (error instanceof QmpError ? error.desc : error),
    )

  async function add(qmp: QmpClient, props: Record<string, unknown>): Promise<unknown> {
    return descOf(qmp.execute('device_add', { driver: 'pc-dimm', memdev: 'ram', ...props }))
  }

  guestTest(missing, 'refuses DIMMs that cannot be, each for its own reason', async () => {
    const { kernel } = await findGuestFiles('x86_64')
    await using guest = await launchGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 128 }], slots: 2, maxMib: 1024 },
      kernel,
    })
    const { qmp } = guest
    await qmp.execute('object-add', {
      'qom-type': 'memory-backend-ram',
      id: 'ram',
      size: 128 * 2 ** 20,
    })
    expect(await add(qmp, { node: 7 })).toContain('node')
    expect(await add(qmp, { slot: 9 })).toContain('slot')
    expect(await add(qmp, { addr: 0x1000 })).toContain('aligned')
    expect(await add(qmp, { memdev: 'none' })).toContain('none')
    expect(await add(qmp, { id: 'dimm1' })).toBe('no error')
    expect(await add(qmp, { id: 'dimm2' })).toContain('busy')
    expect(await descOf(qmp.execute('object-del', { id: 'ram' }))).toContain('in use')
    expect(await qmp.execute('query-memory-size-summary')).toEqual({
      'base-memory': 128 * 2 ** 20,
      'plugged-memory': 128 * 2 ** 20,
    })
    await qmp.execute('stop')
    expect(await qmp.execute('query-status')).toMatchObject({ running: false })
    const ended = qmp.waitForEvent('SHUTDOWN')
    expect((await guest.stop()).shutdown?.reason).toBe('host-qmp-quit')
    expect((await ended).data.guest).toBe(false)
  })

  guestTest(missing, 'has the files of an initramfs of the user’s too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memhp-test-'))
    try {
      const initrd = join(folder, 'initrd.gz')
      const archive = cpioArchive([
        { path: '/init', content: Buffer.from('#!/bin/sh\nexit 1\n'), mode: 0o755 },
        { path: '/etc/greeting', content: Buffer.from('hello\n') },
      ])
      writeFileSync(initrd, gzipSync(archive))
      await using guest = await startGuest({
        machine: 'x86_64',
        memory: { nodes: [{ mib: 256 }] },
        files: { ...(await findGuestFiles('x86_64')), initrd },
      })
      expect(await guest.tree.read('/etc/greeting')).toBe('hello\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  guestTest(missing, 'a kernel that does not come up is told with its last words', async () => {
    const starting = startGuest({
      machine: 'x86_64',
      memory: { nodes: [{ mib: 256 }] },
      cmdline: 'rdinit=/none init=/none',
    })
    await expect(starting).rejects.toMatchObject({ code: 'BOOT_FAILED' })
    await expect(starting).rejects.toThrow('Kernel panic')
  })
})

describe('a guest on Power', () => {
  guestTest(missingPower, 'plugs and lets go by way of its hypervisor', async () => {
    await using guest = await startGuest({
      machine: 'ppc64le-radix',
      memory: { nodes: [{ mib: 1024 }], slots: 2, maxMib: 4096 },
    })
    const plugged = await guest.plug({ id: 'dimm1', mib: 256 })
    expect(plugged.uevents).toEqual([
      'add /devices/system/memory/memory4 memory',
      'online /devices/system/memory/memory4 memory',
    ])
    const gone = await guest.unplug('dimm1')
    expect(gone.result.devices).toEqual([])
    expect(gone.qmp.map(({ event }) => event)).toEqual(['DEVICE_DELETED'])
    expect(await guest.plug({ id: 'dimm2', mib: 100 })).toMatchObject({
      result: { error: expect.stringContaining('256 MB') },
    })
  })
})

test('where no guest can run, it is said', () => {
  for (const reason of [missing, missingPower]) if (reason !== undefined) console.warn(reason)
})
