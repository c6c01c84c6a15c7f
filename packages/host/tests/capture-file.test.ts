import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { serialiseCapture } from '@memhp/capture'
import { describe, expect, test } from 'vitest'
import { readCaptureFile, writeCaptureFile } from '../src/index'
import { makeFifo, readReal, temporaryFolder } from './sysroot'

const capture = await readReal('x86_64-one-node')

describe('a capture file', () => {
  test.each(['host.json', 'host.json.gz'])('%s is read as it was written', async (name) => {
    const path = join(temporaryFolder(), name)
    await writeCaptureFile(path, capture)
    expect(await readCaptureFile(path)).toEqual(capture)
    const bytes = readFileSync(path)
    const text = name.endsWith('.gz') ? gunzipSync(bytes) : bytes
    expect(text.toString()).toBe(serialiseCapture(capture))
  })

  test('is not replaced unless that is asked for, and nothing is left beside it', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'host.json')
    writeFileSync(path, 'precious')
    await expect(writeCaptureFile(path, capture)).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(path, 'utf8')).toBe('precious')
    await writeCaptureFile(path, capture, { force: true })
    expect(await readCaptureFile(path)).toEqual(capture)
    expect(readdirSync(folder)).toEqual(['host.json'])
  })

  test('never takes the place of what is not a file', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'fifo')
    makeFifo(path)
    for (const force of [true, false]) {
      await expect(writeCaptureFile(path, capture, { force })).rejects.toMatchObject({
        code: 'NOT_WRITABLE',
        errno: 'EINVAL',
      })
    }
    expect(statSync(path).isFIFO()).toBe(true)
    expect(readdirSync(folder)).toEqual(['fifo'])
  })

  test('that cannot be written leaves nothing', async () => {
    const folder = temporaryFolder()
    await expect(writeCaptureFile(join(folder, 'no/host.json'), capture)).rejects.toMatchObject({
      code: 'ENOENT',
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test.each<[string, string, Uint8Array]>([
    ['is cut off', 'a.gz', gzipSync(serialiseCapture(capture)).subarray(0, 500)],
    ['is large and cut off', 'a.gz', gzipSync(randomBytes(2 ** 20)).subarray(0, -500)],
    ['is large and not JSON', 'a.gz', gzipSync(randomBytes(2 ** 18).toString('hex'))],
    ['is not packed, though its name says so', 'a.gz', Buffer.from(serialiseCapture(capture))],
    ['is not UTF-8', 'a.json', Buffer.from([0x7b, 0xff, 0xfe])],
    ['is empty', 'a.json', new Uint8Array()],
  ])('that %s is refused', async (_, name, bytes) => {
    const path = join(temporaryFolder(), name)
    writeFileSync(path, bytes)
    await expect(readCaptureFile(path)).rejects.toMatchObject({ code: 'BAD_CAPTURE' })
  })

  test('that unpacks to more than was allowed is refused before it is unpacked whole', async () => {
    const path = join(temporaryFolder(), 'a.gz')
    writeFileSync(path, gzipSync(Buffer.alloc(2 ** 20, ' ')))
    await expect(readCaptureFile(path, { textLength: 1000 })).rejects.toThrow(/cannot be unpacked/)
  })

  test('that holds more values than fit in memory is refused before it is parsed', async () => {
    const path = join(temporaryFolder(), 'a.gz')
    writeFileSync(path, gzipSync(`[${'[],'.repeat(2 ** 22)}[]]`))
    await expect(readCaptureFile(path)).rejects.toMatchObject({
      code: 'BAD_CAPTURE',
      message: expect.stringContaining('more than 4000000 values'),
    })
  })

  test.each([
    ['a device', '/dev/zero', 'not a regular file'],
    ['a folder', '/', 'Is a directory'],
  ])('that is %s is refused', async (_, path, what) => {
    await expect(readCaptureFile(path)).rejects.toThrow(what)
  })

  test('that is a FIFO is refused, without waiting for a writer', async () => {
    const path = join(temporaryFolder(), 'fifo')
    makeFifo(path)
    await expect(readCaptureFile(path)).rejects.toThrow('not a regular file')
  })

  test('of 3 GiB is refused unread', async () => {
    const path = join(temporaryFolder(), 'large.json')
    writeFileSync(path, '')
    truncateSync(path, 3 * 2 ** 30)
    await expect(readCaptureFile(path)).rejects.toThrow('larger than')
  })

  test('packed under a plain name is read, too', async () => {
    const path = join(temporaryFolder(), 'host.json')
    writeFileSync(path, gzipSync(serialiseCapture(capture)))
    expect(await readCaptureFile(path)).toEqual(capture)
  })
})
