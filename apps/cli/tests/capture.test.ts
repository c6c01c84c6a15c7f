import { execFileSync } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { withFile } from '../src/file-problem'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

const ARCH = ['--arch', 'x86_64']

describe('memhp capture', () => {
  it('writes a file that list reads as it reads the folder', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const file = join(await temporaryFolder(), 'host.json.gz')
    const taken = await runCli(['capture', ...ARCH, '--sysroot', sysroot, '-o', file])
    expect(taken.code).toBe(0)
    expect(taken.stdout).toBe('')
    expect(taken.stderr).toContain(`Wrote ${file}: x86_64, Linux 6.1.0-test, 5 memory blocks`)
    const [ofFile, ofFolder] = await Promise.all([
      runCli(['list', file]),
      runCli(['list', '--sysroot', sysroot]),
    ])
    expect(ofFile.code).toBe(0)
    expect(ofFile.stdout).toBe(ofFolder.stdout)
    expect(gunzipSync(await readFile(file)).toString()).toContain('"memhp-capture"')
  })

  it('says what it could not read and what a twin assumes instead', async () => {
    const { '/proc/iomem': _, ...rest } = TWO_NODES
    const run = await runCli(['capture', ...ARCH, '--sysroot', await writeSysroot(rest), '-o', '-'])
    expect(run.code).toBe(0)
    expect(JSON.parse(run.stdout)).toMatchObject({ format: 'memhp-capture', version: 1 })
    expect(run.stderr).toContain('a twin of this capture assumes:')
    expect(run.stderr).toContain('/proc/iomem (ENOENT): ')
  })

  it('does not replace a file unless told to', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const file = join(await temporaryFolder(), 'host.json')
    await writeFile(file, 'precious')
    const args = ['capture', ...ARCH, '--sysroot', sysroot, '-o', file]
    const refused = await runCli(args)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`${file}: File exists\nTry: name another file, or replace it`)
    expect(await readFile(file, 'utf8')).toBe('precious')
    expect((await runCli([...args, '--force'])).code).toBe(0)
    expect(await readFile(file, 'utf8')).toContain('memhp-capture')
  })

  it('refuses a place that it cannot write to before it reads anything', async () => {
    const run = await runCli(['capture', '-o', '/no/such/folder/host.json'])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('/no/such/folder: No such file or directory')
  })

  it('never takes the place of a device, whatever it is told', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const fifo = join(await temporaryFolder(), 'fifo')
    execFileSync('mkfifo', [fifo])
    for (const force of [[], ['--force']]) {
      const run = await runCli(['capture', ...ARCH, '--sysroot', sysroot, '-o', fifo, ...force])
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toContain(`${fifo} is not a regular file\nTry: name a file`)
    }
    expect((await stat(fifo)).isFIFO()).toBe(true)
  })

  it('ends with the code of its output where the disk is full', async () => {
    const writing = withFile('/dev/full', async () => writeFile('/dev/full', 'x'))
    await expect(writing).rejects.toMatchObject({
      message: '/dev/full: No space left on device',
      exitCode: 74,
    })
  })

  it('leaves page flags alone with --no-pages', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const run = await runCli(['capture', ...ARCH, '--no-pages', '--sysroot', sysroot, '-o', '-'])
    expect(JSON.parse(run.stdout)).not.toHaveProperty('pages')
    expect(run.stderr).toContain('without page use')
  })

  it('prints a shell script whose capture is the same machine', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const folder = await temporaryFolder()
    const script = join(folder, 'capture.sh')
    const { code, stdout, stderr } = await runCli(['capture', '--script'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await writeFile(script, stdout)
    const capture = join(folder, 'host.json')
    await writeFile(capture, execFileSync('sh', [script, ...ARCH, '--sysroot', sysroot]))
    const [ofScript, ofFolder] = await Promise.all([
      runCli(['list', capture]),
      runCli(['list', '--sysroot', sysroot]),
    ])
    expect(ofScript).toEqual(ofFolder)
  })

  it.each([['--redact'], ['-o', 'x.sh'], ['--sysroot', '/tmp']])(
    'refuses %s beside --script, which the script would not heed',
    async (...flags) => {
      expect(await runCli(['capture', '--script', ...flags])).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/--script takes no --(redact|output|sysroot)/),
      })
    },
  )
})
