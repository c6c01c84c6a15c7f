import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { runRepl } from '../../src/shell/repl'
import { runCli, spawnCli, startCli } from '../run-cli'
import { temporaryFolder } from '../sysroot'
import { openTestShell } from './shell'

// Processes start slowly where many tests share two processors.
vi.setConfig({ testTimeout: 60_000 })

const SCENARIOS = fileURLToPath(new URL('../../../../scenarios/', import.meta.url))

interface Talk {
  readonly shown: string
  readonly err: string
  readonly code: number
}

/** Types keys into a shell and collects all that is shown. */
async function talk(keys: readonly string[], person: 'person' | 'pipe'): Promise<Talk> {
  const shell = await openTestShell()
  const input = new PassThrough()
  const output = new PassThrough()
  let shown = ''
  let err = ''
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
  })
  const io = {
    stdin: '',
    out: (text: string) => void output.write(text),
    err: (text: string) => {
      err += text
    },
  }
  const ended = runRepl(shell, { input, output, isInteractive: person === 'person' }, io)
  for (const key of keys) input.write(key)
  input.end()
  const code = await ended
  return { shown, err, code }
}

describe('a person', () => {
  it('is prompted with the place, and sees what is typed', async () => {
    const { shown, code } = await talk(['cd /sys\r', 'pwd\r', 'exit 3\r'], 'person')
    expect(shown).toContain('memhp:/ # ')
    expect(shown).toContain('memhp:/sys # ')
    expect(shown).toContain('/sys\n')
    expect(code).toBe(3)
  })

  it('goes on with a command on the next line', async () => {
    const { shown } = await talk(
      ['for i in 1 2\r', 'do echo "<$i>"\r', 'done\r', 'exit\r'],
      'person',
    )
    expect(shown).toContain('> ')
    expect(shown).toContain('<1>\n<2>\n')
  })

  it('completes with the tabulator', async () => {
    const { shown } = await talk(['c', 'a', '\t', '/proc/cmdl', '\t', '\r', 'exit\r'], 'person')
    expect(shown).toContain('/proc/cmdline ')
  })

  it('throws a line away with Ctrl-C and stays', async () => {
    const { shown, code } = await talk(
      ['exit 9', '\u0003', 'echo still here\r', 'exit\r'],
      'person',
    )
    expect(shown).toContain('^C\n')
    expect(shown).toContain('still here\n')
    expect(code).toBe(0)
  })

  it('has a terminal that sends SIGINT for Ctrl-C while a command runs, and only then', async () => {
    const shell = await openTestShell()
    const seen: string[] = []
    const setRawMode = (isRaw: boolean): void => void seen.push(isRaw ? 'raw' : 'sends signals')
    const input = Object.assign(new PassThrough(), { setRawMode })
    const output = new PassThrough().resume()
    const io = { stdin: '', out: (text: string) => void seen.push(text), err: () => undefined }
    input.write('echo a\rexit\r')
    await runRepl(shell, { input, output, isInteractive: true }, io)
    expect(seen).toEqual([
      ...['raw', 'sends signals', 'a\n', 'raw'],
      ...['sends signals', 'raw', 'sends signals'],
    ])
  })

  it('leaves with Ctrl-D, with the status of the last command', async () => {
    const { code } = await talk(['false\r', '\u0004'], 'person')
    expect(code).toBe(1)
  })

  it('sees the kernel complain, as on a console', async () => {
    const keys = ['plug d 256M; online 32; unmovable k 32\r', 'eject PNP0C80:00\r', 'exit\r']
    expect((await talk(keys, 'person')).err).toMatch(/\[\d+\] memory memory32: Offline failed\.\n/)
  })
})

describe('a pipe', () => {
  it('is not prompted, and ends with the status of the last command', async () => {
    expect(await talk(['echo a\n', 'false\n'], 'pipe')).toEqual({ shown: 'a\n', err: '', code: 1 })
  })

  it('ends at what is not a command, with 2', async () => {
    expect(await talk(['echo a\n', ')\n', 'echo b\n'], 'pipe')).toMatchObject({
      shown: 'a\n',
      code: 2,
    })
    expect(await talk(['echo "a\n'], 'pipe')).toMatchObject({ shown: '', code: 2 })
  })

  it('goes on after a command that fails with 2', async () => {
    expect(await talk(['cd /nope\n', 'echo b\n'], 'pipe')).toMatchObject({ shown: 'b\n', code: 0 })
  })
})

describe('memhp shell', () => {
  it.each([
    ['echo hi', { code: 0, stdout: 'hi\n', stderr: '' }],
    ['false', { code: 1, stdout: '', stderr: '' }],
    ['exit 7', { code: 7, stdout: '', stderr: '' }],
    ['nope', { code: 127, stdout: '', stderr: 'sh: nope: not found\n' }],
    ['echo "', { code: 2, stdout: '', stderr: 'sh: syntax error: unterminated quoted string\n' }],
  ])('-c %j', async (commands, run) => {
    expect(await runCli(['shell', '-c', commands])).toEqual(run)
  })

  it('runs on the machine of a scenario, after its steps or some of them', async () => {
    const file = join(SCENARIOS, '04-refused-eject.yaml')
    const after = await runCli([
      'shell',
      file,
      '--until',
      '5',
      '-c',
      'cat /sys/devices/system/memory/memory34/valid_zones',
    ])
    expect(after).toEqual({ code: 0, stdout: 'Normal\n', stderr: '' })
    expect(await runCli(['shell', file, '-c', 'devices | wc -l'])).toMatchObject({ stdout: '1\n' })
  })

  it('runs on the twin of a capture', async () => {
    const file = fileURLToPath(
      new URL('../../../../captures/x86_64-one-node.json.gz', import.meta.url),
    )
    const { code, stdout } = await runCli([
      'shell',
      file,
      '-c',
      'cat /sys/devices/system/node/online',
    ])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0\n' })
  })

  it('takes the name of an architecture as --arch does', async () => {
    const show = ['-c', 'cat /proc/iomem /sys/devices/system/memory/block_size_bytes']
    const named = await runCli(['shell', 'ppc64le', ...show])
    expect(named).toEqual(await runCli(['shell', '--arch', 'ppc64le', ...show]))
    expect(named.code).toBe(0)
    expect(named.stdout).not.toBe((await runCli(['shell', ...show])).stdout)
  })

  it('answers a file that is not there with 2', async () => {
    const { code, stderr } = await runCli([
      'shell',
      join(await temporaryFolder(), 'x.yaml'),
      '-c',
      'ls',
    ])
    expect(code).toBe(2)
    expect(stderr).toContain('No such file or directory')
  })
})

describe('the process', () => {
  it('takes commands from -c', async () => {
    expect(await spawnCli(['shell', '-c', 'cat /proc/iomem | tail -1; exit 4'])).toEqual({
      code: 4,
      stdout: '00100000-7ffdffff : System RAM\n',
      stderr: '',
    })
  })

  it('takes commands from standard input', async () => {
    const child = startCli(['shell'])
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stdin.end('plug d1 128M\ncd /sys/devices/system/memory\nls -d memory3?\nexit 5\n')
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'memory32\n' })
  })
})
