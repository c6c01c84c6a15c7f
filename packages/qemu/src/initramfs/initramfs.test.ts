import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findGuestFiles, GuestError } from '../index'
import { agentScript } from './agent-script'
import { cpioArchive } from './cpio'
import { modulesFor } from './modules'

const folder = mkdtempSync(join(tmpdir(), 'memhp-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The members of an archive: what a reader of the format sees. */
function membersOf(archive: Buffer): Record<string, { mode: number; content: string }> {
  const members: Record<string, { mode: number; content: string }> = {}
  const aligned = (offset: number): number => Math.ceil(offset / 4) * 4
  let at = 0
  while (at < archive.length) {
    expect(archive.toString('ascii', at, at + 6)).toBe('070701')
    const field = (index: number): number =>
      Number.parseInt(archive.toString('ascii', at + 6 + index * 8, at + 14 + index * 8), 16)
    const size = field(6)
    const nameStart = at + 110
    const name = archive.toString('utf8', nameStart, nameStart + field(11) - 1)
    const start = aligned(nameStart + field(11))
    members[name] = { mode: field(1), content: archive.toString('utf8', start, start + size) }
    at = aligned(start + size)
  }
  return members
}

describe('an initramfs', () => {
  const entries = [
    { path: '/init', content: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
    { path: '/bin/deep/file', content: Buffer.from('12345') },
    { path: '/bin/sh', target: 'busybox' },
  ]

  test('holds files, links, and the folders that they need', () => {
    expect(membersOf(cpioArchive(entries))).toEqual({
      bin: { mode: 0o040755, content: '' },
      'bin/deep': { mode: 0o040755, content: '' },
      init: { mode: 0o100755, content: '#!/bin/sh\n' },
      'bin/deep/file': { mode: 0o100644, content: '12345' },
      'bin/sh': { mode: 0o120777, content: 'busybox' },
      'TRAILER!!!': { mode: 0, content: '' },
    })
  })

  test('of the same entries is the same, byte for byte', () => {
    expect(cpioArchive(entries)).toEqual(cpioArchive(entries))
  })
})

describe('kernel modules', () => {
  function module(name: string, depends: string): string {
    const path = join(folder, `${name}.ko`)
    writeFileSync(path, `\x7fELF\0license=GPL\0depends=${depends}\0name=${name}\0`)
    return path
  }
  const files = [
    module('virtio-console', 'virtio,virtio_ring'),
    module('virtio', ''),
    module('virtio_ring', 'virtio'),
    module('broken', 'nothing'),
  ]

  test('come after those that they need, each once, by either spelling', async () => {
    const ordered = await modulesFor(['virtio_console', 'virtio-ring'], files)
    expect(ordered.map(({ name }) => name)).toEqual(['virtio', 'virtio_ring', 'virtio_console'])
  })

  test('that may be built in are left out where there is no file', async () => {
    const ordered = await modulesFor(['virtio_pci?', 'virtio-ring?'], files)
    expect(ordered.map(({ name }) => name)).toEqual(['virtio', 'virtio_ring'])
  })

  test.each([
    ['missing', 'missing: no such kernel module'],
    ['broken', 'nothing: no such kernel module, which broken needs'],
  ])('that are not there are an error: %s', async (name, message) => {
    await expect(modulesFor([name], files)).rejects.toThrow(message)
  })
})

test('the agent is a script that a shell can read', () => {
  const script = agentScript({
    nonce: 'abc',
    lanes: ['/dev/ttyS1', '/dev/ttyS2'],
    ueventLine: '/dev/ttyS3',
    modules: [{ name: 'virtio', path: '/virtio.ko' }],
  })
  execFileSync('/bin/sh', ['-n'], { input: script })
  expect(script).toContain('insmod /modules/virtio.ko')
})

test('a cache without a kernel says what to run', async () => {
  const error: unknown = await findGuestFiles('ppc64le', { cacheFolder: folder }).catch(
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(GuestError)
  expect(String(error)).toContain('scripts/fetch-kernels.mjs --refresh ppc64le')
})

test('a cache whose busybox is gone says that it lacks, not the kernel', async () => {
  const place = join(folder, 'x86_64@7.3')
  mkdirSync(place)
  writeFileSync(join(place, 'vmlinuz'), '')
  writeFileSync(
    join(place, 'files.json'),
    JSON.stringify({ kernel: 'vmlinuz', busybox: 'busybox', modules: [] }),
  )
  await expect(
    findGuestFiles('x86_64', { cacheFolder: folder, version: '7.3' }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('no busybox for x86_64@7.3') as string,
  })
})
