import { promises, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { writeWholeFile } from '../src/index'
import { temporaryFolder } from './sysroot'

const { link } = promises

/** Has the file system answer so when a file is to get a second name. */
function refuseLinks(code: string): void {
  promises.link = async () => {
    throw Object.assign(new Error('refused'), { code })
  }
  syncBuiltinESMExports()
}
afterEach(() => {
  promises.link = link
  syncBuiltinESMExports()
})

describe('a file that is written as a whole', () => {
  test('comes as a whole, or not at all', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'a')
    await writeWholeFile(path, 'one')
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' })
    const failing = writeWholeFile(
      path,
      async (file) => {
        await file.write('tw')
        throw full
      },
      { force: true },
    )
    await expect(failing).rejects.toBe(full)
    expect(readFileSync(path, 'utf8')).toBe('one')
    await writeWholeFile(path, new TextEncoder().encode('two'), { force: true })
    expect(readFileSync(path, 'utf8')).toBe('two')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  // As vfat answers, and some file systems of a network.
  test.each(['EPERM', 'EOPNOTSUPP'])('needs no second name of a file (%s)', async (code) => {
    refuseLinks(code)
    const folder = temporaryFolder()
    const path = join(folder, 'a')
    await writeWholeFile(path, 'one')
    expect(readFileSync(path, 'utf8')).toBe('one')
    writeFileSync(path, 'precious')
    await expect(writeWholeFile(path, 'two')).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(path, 'utf8')).toBe('precious')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  test('is refused for any other reason that a link is', async () => {
    refuseLinks('EIO')
    const folder = temporaryFolder()
    await expect(writeWholeFile(join(folder, 'a'), 'one')).rejects.toMatchObject({ code: 'EIO' })
    expect(readdirSync(folder)).toEqual([])
  })
})
