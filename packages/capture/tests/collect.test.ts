import { HotplugError, type LocalTree } from '@memhp/core'
import { captureNames, captureText } from 'memhp-captures'
import { recordedTraces } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import type { FlatTrace } from '../src/index'
import {
  type Capture,
  captureTree,
  collectCapture,
  fromFlatView,
  parseCapture,
  redactCapture,
  serialiseCapture,
} from '../src/index'

/** What no tree tells: they come from elsewhere. */
function asFromTree(capture: Capture): Capture {
  const { pages: _pages, cpu: _cpu, notes: _notes, takenAt: _takenAt, ...rest } = capture
  return { ...rest, tool: 'test', redacted: [] }
}

const real = captureNames().map((name) => [name, parseCapture(captureText(name))] as const)
const traces = recordedTraces<FlatTrace>().map(
  ([name, trace]) => [name, fromFlatView(trace)] as const,
)

describe('a capture of a tree', () => {
  test.each(real)('of the capture %s is that capture', async (_, capture) => {
    const { arch, kernelRelease } = capture
    const again = await collectCapture(captureTree(capture), { tool: 'test', arch })
    expect({ ...again, kernelRelease }).toEqual(asFromTree(capture))
  })

  test.each(traces)('of the recorded run %s is the same', async (_, capture) => {
    const again = await collectCapture(captureTree(capture), { tool: 'test', arch: capture.arch })
    expect({ ...again, kernelRelease: capture.kernelRelease }).toEqual(asFromTree(capture))
  })

  test('gives the same bytes, whatever order its files come in', () => {
    for (const [, capture] of real) {
      const files = Object.fromEntries(Object.entries(capture.files).reverse())
      expect(serialiseCapture({ ...capture, files })).toBe(serialiseCapture(capture))
    }
  })
})

const [, sample] = real.find(([name]) => name === 'x86_64-three-nodes') ?? real[0] ?? []
const sampleTree = (changes: Partial<LocalTree>): LocalTree => {
  if (sample === undefined) throw new Error('no capture')
  return { ...captureTree(sample), ...changes }
}
const refuse = (path: string, errno: 'EACCES' | 'EIO'): never => {
  throw new HotplugError('NOT_READABLE', errno, path)
}

describe('what cannot be read', () => {
  test('is listed with its errno and what the twin assumes', async () => {
    const { read } = sampleTree({})
    const tree = sampleTree({
      read: (path) => {
        if (path.endsWith('/PNP0C80:00/status')) return refuse(path, 'EIO')
        return path === '/proc/pagetypeinfo' ? refuse(path, 'EACCES') : read(path)
      },
    })
    const { unreadable, files } = await collectCapture(tree, { tool: 'test', arch: 'x86_64' })
    expect(unreadable.map(({ path, errno }) => [path.replace(/.*\//, ''), errno])).toEqual([
      ['pagetypeinfo', 'EACCES'],
      ['status', 'EIO'],
    ])
    expect(unreadable.every(({ assume }) => assume.endsWith('.'))).toBe(true)
    expect(files['/proc/pagetypeinfo']).toBeUndefined()
  })

  test('a block whose directory cannot be listed stays a block that cannot be listed', async () => {
    const { list } = sampleTree({})
    const hidden = '/sys/devices/system/memory/memory33'
    const tree = sampleTree({
      list: (path) => (path === hidden ? refuse(path, 'EACCES') : list(path)),
    })
    const capture = await collectCapture(tree, { tool: 'test', arch: 'x86_64' })
    expect(capture.unreadable).toMatchObject([{ path: hidden, errno: 'EACCES' }])
    const captured = captureTree(parseCapture(serialiseCapture(capture)))
    expect(captured.list('/sys/devices/system/memory')).toContain('memory33')
    expect(() => captured.list(hidden)).toThrow(/EACCES/)
  })

  test('permissions that most files share are said once', async () => {
    const { lookup } = sampleTree({})
    const tree = sampleTree({
      lookup: (path) => {
        const entry = lookup(path)
        return entry?.kind === 'file' && entry.mode === 0o444 ? { ...entry, mode: 0o640 } : entry
      },
    })
    const capture = await collectCapture(tree, { tool: 'test', arch: 'x86_64' })
    expect(capture.fileMode).toBe('640')
    expect(Object.values(capture.modes)).not.toContain('640')
    const captured = captureTree(parseCapture(serialiseCapture(capture)))
    for (const path of Object.keys(capture.files)) {
      expect([path, captured.lookup(path)?.mode]).toEqual([path, tree.lookup(path)?.mode])
    }
  })

  test('addresses that the kernel hides count as unreadable', async () => {
    const { read } = sampleTree({})
    const tree = sampleTree({
      read: (path) =>
        path === '/proc/iomem' ? read(path).replace(/\b[0-9a-f]{8,}\b/g, '00000000') : read(path),
    })
    const capture = await collectCapture(tree, { tool: 'test', arch: 'x86_64' })
    expect(capture.unreadable).toEqual([
      { path: '/proc/iomem', errno: 'EPERM', assume: expect.any(String) },
    ])
    expect(() => parseCapture(serialiseCapture(capture))).not.toThrow()
  })

  test('a text in an unknown form is left out', async () => {
    const { read } = sampleTree({})
    const tree = sampleTree({
      read: (path) => (path === '/proc/buddyinfo' ? 'new form\n' : read(path)),
    })
    const { unreadable } = await collectCapture(tree, { tool: 'test', arch: 'x86_64' })
    expect(unreadable.map(({ path, errno }) => [path, errno])).toEqual([
      ['/proc/buddyinfo', 'EINVAL'],
    ])
  })

  test('a file that vanishes meanwhile was never there', async () => {
    const { read } = sampleTree({})
    const tree = sampleTree({
      read: (path) => {
        if (!path.includes('/memory33/')) return read(path)
        throw new HotplugError('NO_SUCH_FILE', 'ENODEV', path)
      },
    })
    const { unreadable, files } = await collectCapture(tree, { tool: 'test', arch: 'x86_64' })
    expect(unreadable).toEqual([])
    expect(Object.keys(files).filter((path) => path.includes('/memory33/'))).toEqual([])
  })

  test('a host without memory hot-plug is refused', async () => {
    const empty = captureTree({ ...(sample ?? real[0]?.[1] ?? fail()), files: {}, modes: {} })
    await expect(collectCapture(empty, { tool: 'test', arch: 'x86_64' })).rejects.toMatchObject({
      code: 'NO_SUCH_FILE',
    })
  })

  test('an unknown architecture is asked for', async () => {
    await expect(collectCapture(sampleTree({}), { tool: 'test' })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    })
  })
})

const fail = (): never => {
  throw new Error('no capture')
}

describe('a capture being taken', () => {
  test('tells how far it is and stops when it is asked to', async () => {
    const seen: string[] = []
    const controller = new AbortController()
    const taking = collectCapture(sampleTree({}), {
      tool: 'test',
      arch: 'x86_64',
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        seen.push(`${stage} ${done}`)
        if (done === 2) controller.abort(new Error('enough'))
      },
    })
    await expect(taking).rejects.toThrow('enough')
    expect(seen).toEqual(['files 0', 'files 1', 'files 2'])
  })
})

describe('a redacted capture', () => {
  const base = sample ?? fail()
  const capture = redactCapture({
    ...base,
    hostname: 'db1.example.org',
    kernelRelease: '6.1.0-56-cloud-amd64',
    files: {
      ...base.files,
      '/proc/cmdline':
        'root=UUID=1234 movable-node password="x mem=1G" memory_hotplug.online_policy=auto-movable -- secret mem=1G\n',
      '/proc/swaps': 'Filename\tType\tSize\n/dev/mapper/secret-swap partition 8388604\n',
      '/proc/iomem':
        '00000000-00000fff : Reserved\n00001000-00002fff : System RAM\n  00001000-00001fff : Secret device\n',
    },
  })

  test('keeps what decides about memory and nothing that names the host', () => {
    const text = serialiseCapture(capture)
    expect(text).not.toMatch(/db1|UUID|password|secret|Secret|debian|cloud-amd64/)
    expect(capture.files['/proc/cmdline']).toBe(
      'movable-node memory_hotplug.online_policy=auto-movable\n',
    )
    expect(capture.files['/proc/iomem']).toContain('  00001000-00001fff : device\n')
  })

  test.each([
    ['6.1.0-56-cloud-amd64', '6.1.0'],
    ['6.1.0_db1.example.org', '6.1.0'],
    ['6.1', '6.1'],
    ['-1.1.0-test', 'unknown'],
  ])('of the release %s keeps the number', (kernelRelease, kept) => {
    const version = `Linux version ${kernelRelease} (me@db1) #1\n`
    const files = { ...base.files, '/proc/version': version }
    const redacted = redactCapture({ ...base, kernelRelease, files })
    expect(redacted.kernelRelease).toBe(kept)
    expect(redacted.files['/proc/version']).toBe(
      kept === 'unknown' ? 'Linux\n' : `Linux version ${kept}\n`,
    )
    expect(parseCapture(serialiseCapture(redacted))).toEqual(redacted)
  })

  test('says what was done, and is a capture still', () => {
    expect(capture.redacted.map(({ path }) => path)).toEqual([
      '/proc/cmdline',
      '/proc/iomem',
      '/proc/swaps',
      '/proc/version',
    ])
    expect(parseCapture(serialiseCapture(capture))).toEqual(capture)
    expect(redactCapture(capture)).toEqual(capture)
  })
})
