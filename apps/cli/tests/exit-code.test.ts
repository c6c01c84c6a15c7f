import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

describe('bad input', () => {
  it.each([
    [['list', '--frob'], "memhp: unknown option '--frob'\nTry: memhp list --help\n"],
    [['frob'], "memhp: unknown command 'frob'\nTry: memhp --help\n"],
    [['help', 'frob'], "memhp: unknown command 'frob'\nTry: memhp --help\n"],
    [['list', 'a', 'b'], 'memhp: too many arguments'],
    [['list', 'a', '--sysroot', 'b'], 'memhp: more than one source is named: a, b\nTry: '],
    [['list', 'no-such-file.json'], 'memhp: no-such-file.json: No such file or directory\n'],
    [['list', '--sysroot', '/no/such/folder'], 'memhp: /no/such/folder: No such file or directory'],
    // EIO of a read is told as any other refusal to read.
    [['list', '/proc/self/mem'], 'memhp: /proc/self/mem: Input/output error\n'],
    [['show', 'block'], 'memhp: no block is named\nTry: memhp show block 32'],
    [['show', 'block', '1', '2'], 'memhp: one at a time: 1, 2'],
    [['show', 'device', 'x', 'y'], 'memhp: neither x nor y names anything here'],
  ])('%j is answered with 2 and a message', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.startsWith(message) ? message : stderr).toBe(message)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('names the file and the place in it that is wrong', async () => {
    const file = join(await temporaryFolder(), 'bad.json')
    await writeFile(file, '{ "format": "memhp-capture",\n  oops')
    const { code, stderr } = await runCli(['list', file])
    expect(code).toBe(2)
    expect(stderr).toContain(`memhp: ${file}: `)
    expect(stderr).toContain('line 2')
    expect(stderr).toContain('Try: take a new capture')
  })

  it('names a folder that holds no memory blocks', async () => {
    const folder = await temporaryFolder()
    const { code, stderr } = await runCli(['list', '--sysroot', folder])
    expect(code).toBe(2)
    expect(stderr).toContain(`folder ${folder} holds no /sys/devices/system/memory`)
  })

  it.each(['list', 'capture'])('of %s names a file that may not be read', async (command) => {
    const sysroot = await writeSysroot({
      '/sys/devices/system/memory/block_size_bytes': '-> block_size_bytes',
    })
    const { code, stdout, stderr } = await runCli([command, '--sysroot', sysroot])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      `memhp: ${sysroot}: /sys/devices/system/memory/block_size_bytes: Too many levels of symbolic links (TOO_MANY_LINKS)\n`,
    )
  })

  it('names a file that is given as a folder', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    const { code, stderr } = await runCli(['list', '--sysroot', file])
    expect({ code, stderr }).toMatchObject({ code: 2 })
    expect(stderr).toContain(`${file} is not a folder`)
  })

  it('notes an unreadable file of the folder and goes on', async () => {
    // A folder in the file's place cannot be read by anybody, root included.
    const { '/proc/zoneinfo': _, ...rest } = TWO_NODES
    const sysroot = await writeSysroot({ ...rest, '/proc/zoneinfo/x': '' })
    const { code, stderr } = await runCli(['list', '--notes', '--sysroot', sysroot])
    expect(code).toBe(0)
    expect(stderr).toContain('/proc/zoneinfo: unreadable. The zones and their spans are unknown.')
  })
})

describe('help', () => {
  it('is an answer', async () => {
    const { code, stdout, stderr } = await runCli(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const word of ['capture', 'list', 'show', 'Exit codes:']) expect(stdout).toContain(word)
  })

  it.each(['capture', 'list', 'show'])('tells of %s in both ways', async (name) => {
    const [flag, word] = await Promise.all([runCli([name, '--help']), runCli(['help', name])])
    expect(flag.code).toBe(0)
    expect(flag.stdout).toContain(`Usage: memhp ${name}`)
    expect(word.stdout).toBe(flag.stdout)
  })

  it('is shown where no command is named, with 2', async () => {
    const { code, stdout, stderr } = await runCli([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Usage: memhp')
  })

  it('does not stand in the way of the version', async () => {
    const { code, stdout } = await runCli(['--version'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
