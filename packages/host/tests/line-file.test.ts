import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLineFile } from '../src/index'

test('lines are appended, also by one that opens the file later', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'memhp-'))
  const path = join(folder, 'journal')
  try {
    for (const line of ['one\n', 'two\n']) {
      const file = await openLineFile(path)
      await file.append(line)
      expect(await readFile(path, 'utf8')).toContain(line)
      await file.close()
    }
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a line that was cut off is taken off, and a file that is there is not taken for a new one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'memhp-'))
  const path = join(folder, 'journal')
  try {
    for (const [text, left] of [
      ['one\ntw', 'one\n'],
      ['one\ntwo\n', 'one\ntwo\n'],
      ['o', ''],
      [`one\n${'x'.repeat(200_000)}`, 'one\n'],
    ] as const) {
      await writeFile(path, text)
      const file = await openLineFile(path)
      await file.append('three\n')
      await file.close()
      expect(await readFile(path, 'utf8')).toBe(`${left}three\n`)
    }
    await expect(openLineFile(path, { isNew: true })).rejects.toMatchObject({ code: 'EEXIST' })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a disk that is full is told', async () => {
  const file = await openLineFile('/dev/full')
  await expect(file.append('one\n')).rejects.toMatchObject({ code: 'ENOSPC' })
  await file.close()
})
