import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
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
