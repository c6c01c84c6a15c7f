import { existsSync } from 'node:fs'
import { type Capture, parseCapture, serialiseCapture } from '@memhp/capture'
import { describe, expect, test } from 'vitest'
import { hostTree, takeCapture } from '../src/index'
import { layOut, pageFlags, put, readReal, temporaryFolder } from './sysroot'

const capture = await readReal('x86_64-dimms-zones')

/** The capture without what a sysroot does not tell; counts of pages but not where they lie. */
function comparable({
  cpu: _cpu,
  notes: _notes,
  takenAt: _time,
  tool: _tool,
  pages,
  ...rest
}: Capture) {
  const blocks = pages?.blocks.map(({ id, counts }) => ({ id, counts }))
  return { ...rest, ...(pages === undefined ? {} : { pages: { ...pages, blocks } }) }
}

function sysroot(): string {
  const root = temporaryFolder()
  layOut(capture, root)
  put(root, '/proc/sys/kernel/arch', 'x86_64\n')
  put(root, '/proc/sys/kernel/hostname', 'db1.example.org\n')
  return root
}

/** Laying a sysroot out takes long where the machine does other things as well. */
const TIMEOUT_MS = 60_000

describe('a capture of a sysroot', { timeout: TIMEOUT_MS }, () => {
  test('that was written from a capture is that capture', async () => {
    const root = sysroot()
    put(root, '/proc/kpageflags', pageFlags(capture))
    const taken = await takeCapture(hostTree({ sysroot: root }))
    expect(comparable(taken)).toEqual(comparable(capture))
    expect(taken.takenAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(parseCapture(serialiseCapture(taken))).toEqual(taken)
  })

  test('is the same each time, when it has no time', async () => {
    const tree = hostTree({ sysroot: sysroot() })
    const options = { takenAt: null, pages: false }
    expect(serialiseCapture(await takeCapture(tree, options))).toBe(
      serialiseCapture(await takeCapture(tree, options)),
    )
  })

  test('counts no pages where it is told not to', async () => {
    const root = sysroot()
    put(root, '/proc/kpageflags', pageFlags(capture))
    const taken = await takeCapture(hostTree({ sysroot: root }), { pages: false })
    expect(taken.pages).toBeUndefined()
    expect(taken.unreadable).toEqual([])
  })

  test('says that page flags are missing', async () => {
    const taken = await takeCapture(hostTree({ sysroot: sysroot() }))
    expect(taken.pages).toBeUndefined()
    expect(taken.unreadable).toEqual([
      { path: '/proc/kpageflags', errno: 'ENOENT', assume: expect.stringMatching(/\.$/) },
    ])
  })

  test('takes page flags that end early for holes', async () => {
    const root = sysroot()
    put(root, '/proc/kpageflags', pageFlags(capture).subarray(0, 8 * 40_000))
    const { pages } = await takeCapture(hostTree({ sysroot: root }))
    expect(pages?.blocks.slice(2, 4).map(({ counts }) => counts)).toEqual([
      { hole: 32768 },
      { hole: 32768 },
    ])
    expect(pages?.blocks[1]?.counts.hole).toBe(2 * 32768 - 40_000)
  })

  test('takes all pages of an offline block for holes, whatever their entries say', async () => {
    const root = sysroot()
    put(root, '/proc/kpageflags', Buffer.alloc(pageFlags(capture).byteLength))
    const [id = 0] = (capture.pages?.blocks ?? []).map((block) => block.id).slice(-1)
    const state = `/sys/devices/system/memory/memory${id}/state`
    put(root, state, 'offline\n')
    const { pages } = await takeCapture(hostTree({ sysroot: root }))
    expect(pages?.blocks.at(-1)).toMatchObject({ id, counts: { hole: 32768 } })
    expect(pages?.blocks.at(0)?.counts).toEqual({ unflagged: 32768 })
  })

  test('leaves out the name of the host and keeps it on request', async () => {
    const tree = hostTree({ sysroot: sysroot() })
    const quiet = await takeCapture(tree, { pages: false })
    expect(serialiseCapture(quiet)).not.toContain('db1')
    const named = await takeCapture(tree, { pages: false, hostname: true })
    expect(named.hostname).toBe('db1.example.org')
    const redacted = await takeCapture(tree, { pages: false, hostname: true, redact: true })
    expect(redacted.hostname).toBeUndefined()
    expect(redacted.kernelRelease).toBe('6.1.0')
  })

  test('tells how far it is, and stops between two blocks when it is asked to', async () => {
    const root = sysroot()
    put(root, '/proc/kpageflags', pageFlags(capture))
    const controller = new AbortController()
    const seen: number[] = []
    const taking = takeCapture(hostTree({ sysroot: root }), {
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage === 'pages') seen.push(done)
        if (stage === 'pages' && done === 3) controller.abort()
      },
    })
    await expect(taking).rejects.toMatchObject({ name: 'AbortError' })
    expect(seen).toEqual([0, 1, 2, 3])
  })

  test('without memory hot-plug is refused', async () => {
    await expect(takeCapture(hostTree({ sysroot: temporaryFolder() }))).rejects.toMatchObject({
      code: 'NO_SUCH_FILE',
    })
  })
})

const LIVE = '/sys/devices/system/memory/block_size_bytes'
const isHere = existsSync(LIVE)

test.runIf(isHere)('this machine can be captured; it is only read', async () => {
  const taken = await takeCapture(hostTree(), { pages: false, redact: true })
  expect(parseCapture(serialiseCapture(taken))).toEqual(taken)
})

test.runIf(!isHere)(`not run: this machine has no ${LIVE}`, () => {
  expect(isHere).toBe(false)
})
