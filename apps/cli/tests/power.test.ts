import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli'

const RADIX = new URL('../../../captures/ppc64le-radix-three-nodes.json.gz', import.meta.url)
  .pathname
const HASH = new URL('../../../captures/ppc64le-hash-one-node.json.gz', import.meta.url).pathname

const jsonOf = (text: string): Readonly<Record<string, unknown>> =>
  JSON.parse(text) as Readonly<Record<string, unknown>>

describe('a captured POWER partition', () => {
  it('is listed with its LMBs', async () => {
    const { stdout } = await runCli(['list', RADIX])
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(-2).join(' '))
    expect(rows).toContain('4-7 lmb@80000004-80000007')
    expect(rows).toContain('11 lmb@8000000b')
    const { stdout: json } = await runCli(['list', '--json', RADIX])
    const { ranges } = jsonOf(json) as { ranges: { device: string | null }[] }
    expect(ranges.map(({ device }) => device)).toEqual([
      null,
      null,
      'lmb@80000004-80000007',
      'lmb@80000008-80000009',
      'lmb@8000000a',
      'lmb@8000000b',
    ])
  })

  it('shows its LMBs as devices, alike ones together', async () => {
    const { stdout } = await runCli(['show', 'device', '--capture', HASH])
    expect(stdout.split('\n').slice(1)).toEqual([
      'lmb@80000004-80000006  yes      yes        768M  0     4-6     LMB 4 to LMB 6',
      'lmb@80000007-8000003f  no       yes          0B  -     none    LMB 7 to LMB 63',
      '',
    ])
  })

  it.each(['lmb@80000005', '0x80000005', 'LMB 5'])('shows the LMB %s', async (word) => {
    const { stdout } = await runCli(['show', 'device', word, '--capture', RADIX])
    expect(stdout).toContain('DRC index: 0x80000005\n')
    expect(stdout).toContain('Path:      LMB 5\n')
  })

  it('names the devices there are where there is no such one', async () => {
    expect(await runCli(['show', 'device', 'nope', '--capture', HASH])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'memhp: there is no memory device nope\nTry: one of lmb@80000004-80000006\n',
    })
  })

  it('names the LMB of a block and of a node', async () => {
    const { stdout: block } = await runCli(['show', 'block', '4', RADIX])
    expect(block).toContain('lmb@80000004 (LMB 4)\n')
    const { stdout: node } = await runCli(['show', 'node', '2', RADIX])
    expect(node).toContain('lmb@80000004-80000007\n')
  })

  it('shows page tables with radix, and the entries of the hash page table without', async () => {
    const { stdout: radix } = await runCli(['show', 'page-table', 'block', '4', RADIX])
    expect(radix).toContain('0xc000000040000000-0xc00000004fffffff  256M    2M    128')
    const { stdout: hash } = await runCli(['show', 'page-table', 'block', '4', HASH])
    expect(hash).toContain('0xc000000040000000-0xc00000004fffffff  256M   16M     16  bolted')
    const { stdout: address } = await runCli(['show', 'page-table', '0x40010000', HASH])
    expect(address).toMatch(/direct, hash entry of 16M\n +group 0x[0-9a-f]+, slot \d\n/)
    const { stdout: virtual } = await runCli(['show', 'page-table', '0xc000000040010000', HASH])
    expect(virtual).toContain('physical 0x0000000040010000\n')
    const { stdout: nothing } = await runCli(['show', 'page-table', '0xc000000070000000', HASH])
    expect(nothing).toContain('is not mapped')
  })
})

describe('memhp rehearse on POWER', () => {
  it('removes a node of LMBs by one request, and balances', async () => {
    const { code, stdout, stderr } = await runCli(['rehearse', RADIX, '--remove-node', '2'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('lmb@80000004-80000007 remove')
    expect(stdout).toMatch(/LMBs assigned in the device tree +4 +none\n/)
    expect(stdout).toMatch(/it balances: all \d+ numbers/)
    expect(stdout).toContain('lmb@80000004-80000007 can be removed: 1G, and node 2 with it.\n')
    expect(stdout).not.toMatch(/ACPI|eject/i)
  })

  it('counts entries of the hash page table', async () => {
    const range = ['--remove', '0x80000004-0x80000006']
    const { code, stdout } = await runCli(['rehearse', HASH, ...range])
    expect(code).toBe(0)
    expect(stdout).toMatch(/direct map, hash entries +48 of 16M +none\n/)
    const { stdout: json } = await runCli(['rehearse', HASH, '--json', ...range])
    expect(jsonOf(json)).toMatchObject({
      outcome: 'removed',
      plan: { steps: [{}, {}, { text: 'memory remove indexed-count 3 0x80000004' }] },
      balance: { balanced: true },
    })
  })

  it('names the page that keeps an LMB', async () => {
    const { code, stdout, stderr } = await runCli(['rehearse', RADIX, '--remove', 'lmb@80000008'])
    expect(code).toBe(1)
    expect(stdout).toContain('Refused (memory8, EBUSY)')
    expect(stderr).toMatch(
      /memory8 stays because of page 0x[0-9a-f]+ in zone 0\/Normal: kernel memory/,
    )
  })

  it('prints a goal that means nothing as JSON too', async () => {
    const args = ['rehearse', RADIX, '--json', '--remove', '0x8000000']
    const { code, stdout, stderr } = await runCli(args)
    expect(code).toBe(2)
    expect(jsonOf(stdout)).toMatchObject({
      outcome: 'refused',
      plan: null,
      refusal: { code: 'NO_SUCH_DEVICE', errno: 'ENODEV', detail: { device: '0x8000000' } },
    })
    expect(stderr).toContain('There is no memory device "0x8000000"')
  })
})

describe('memhp shell on POWER', () => {
  it('has a machine to try things on', async () => {
    const commands = [
      'plug d1 512M node=1; settle',
      'cat /sys/kernel/dlpar /sys/devices/system/memory/memory9/state',
      'eject lmb@80000009; ls -d /sys/devices/system/memory/memory[89]',
    ]
    const { code, stdout } = await runCli(['shell', '--arch', 'ppc64le', '-c', commands.join('\n')])
    expect(stdout).toBe('memory,cpu\nonline\n/sys/devices/system/memory/memory8\n')
    expect(code).toBe(0)
  })

  it('refuses an architecture beside a capture', async () => {
    const { code, stderr } = await runCli(['shell', RADIX, '--arch', 'ppc64le', '-c', 'true'])
    expect(code).toBe(2)
    expect(stderr).toContain('leave one of them out')
  })
})

describe('errors that say what would be right', () => {
  it.each([
    [['rehearse', RADIX, '--remove-blocks', '9-3'], '9-3 runs backwards: write 3-9'],
    [['shell', RADIX, '--until', '3', '-c', 'true'], '--until counts the steps of a scenario'],
    [
      ['capture', '--sysroot', '/nowhere', '-o', '-'],
      '/nowhere: No such file or directory\nTry: check the name',
    ],
    [['shell', 'arm64', '-c', 'true'], '"arm64" is neither an architecture nor a file'],
    [
      ['shell', 's390x', '--arch', 'x86_64'],
      '--arch chooses a machine to try things on, and s390x is one already',
    ],
    [['exec', 'arm64', '--', 'true'], '"arm64" is neither an architecture nor a file'],
    [
      ['plan', '1G', '--zone', 'Foo', '--capture', RADIX],
      '--zone "Foo": this machine has no such zone\nTry: Normal, Movable',
    ],
    [['can', '/'], 'Is a directory (IS_A_DIRECTORY)\nTry: name a file'],
    [
      ['plan', '0', '--capture', RADIX, '-o', ''],
      '"": No such file or directory\nTry: name a file',
    ],
    [['list', '--nope'], 'Try: memhp list --help'],
    [['show', 'zone', '--nope'], 'Try: memhp show zone --help'],
    [['list', 'nothing.json'], 'nothing.json: No such file or directory\nTry: check the name'],
  ])('%j', async (args, words) => {
    const { code, stderr } = await runCli(args)
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })
})
