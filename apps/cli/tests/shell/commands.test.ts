import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { inColumns } from '../../src/shell/builtins/listing'
import { complete } from '../../src/shell/complete'
import type { ShellState } from '../../src/shell/state'
import { openTestShell, type Said, say } from './shell'

// Processes start slowly where many tests share two processors.
vi.setConfig({ testTimeout: 60_000 })

let shell: ShellState

beforeEach(async () => {
  shell = await openTestShell()
})

const run = async (text: string, stdin?: string): Promise<Said> => say(shell, text, stdin)
const output = async (text: string): Promise<string> => {
  const { out, err, status } = await run(text)
  expect({ err, status }).toEqual({ err: '', status: 0 })
  return out
}

const MEMORY = '/sys/devices/system/memory'

describe('a script that would fill the memory ends', () => {
  const doubled = (piece: string, times: number): string =>
    [`x='${piece}'`, ...Array.from({ length: times }, () => 'x="$x$x"')].join('; ')
  it.each([
    ['a variable that doubles', doubled('aaaaaaaaaa', 30), 'sh: out of space\n'],
    ['a substitution', `${doubled('aaaaaaaaaa', 20)}; y=$(echo $x $x $x)`, 'sh: out of space\n'],
    ['a pipe', `${doubled('aaaaaaaaaa', 20)}; echo $x $x $x | wc -c`, 'sh: out of space\n'],
    ['a file that is written', `${doubled('aaaaaaaaaa', 20)}; echo $x $x $x > ${MEMORY}/probe`, ''],
    [
      'a variable of more words than a machine has names',
      `${doubled('a b ', 21)}; echo $x`,
      'sh: too many words\n',
    ],
    [
      'a format with many arguments',
      `${doubled('a', 20)}; y=%s$x; ${doubled('a ', 10)}; printf $y $x`,
      'sh: out of space\n',
    ],
    ['a format of wide fields', `${doubled('%999s', 20)}; printf $x`, 'sh: out of space\n'],
    ['a long expression', `${doubled('a', 20)}; grep "$x" /proc/iomem`, "grep: bad regex 'aaa"],
    ['a pattern over links', 'ls /sys/devices/system/node/*/*/*/*/*/*/*/*', 'sh: too many names\n'],
  ])('%s', async (_, text, message) => {
    const { err, status } = await run(text)
    expect(err).toContain(message)
    expect(status).not.toBe(0)
  })
})

it('a variable may hold more words than a call takes arguments', async () => {
  const twice = Array.from({ length: 17 }, () => 'x="$x$x"').join('; ')
  expect(await output(`x='a b '; ${twice}; echo $x $x | wc -w`)).toBe('524288\n')
})

it.each([
  ['ls', 'err'],
  ["printf '%s\\n'", 'out'],
] as const)('%s takes 131,072 words', async (command, channel) => {
  const words = Array.from({ length: 2 ** 17 }, (_, i) => `nope${i}`)
  const told = await run(`${command} ${words.join(' ')}`)
  expect(told[channel].match(/nope\d+/g)?.toSorted()).toEqual(words.toSorted())
})

it('a pattern that is longer than any path stands for itself', async () => {
  const doubled = `x='*'; ${Array.from({ length: 22 }, () => 'x="$x$x"').join('; ')}`
  expect(await output(`${doubled}; echo $x | wc -c`)).toBe(`${2 ** 22 + 1}\n`)
  expect(await output(`${doubled}; find /proc -name "$x"`)).toBe('')
})

it('columns are filled downwards, whatever their number', () => {
  expect(inColumns(['a', 'b', 'c', 'd', 'e'], 8)).toBe('a  c  e\nb  d\n')
})

describe('errors are those of a real shell', () => {
  it.each([
    ['foo', 'sh: foo: not found\n', 127],
    [`echo offline > ${MEMORY}/memory0/state`, 'sh: write error: Invalid argument\n', 1],
    [`printf offline > ${MEMORY}/memory0/state`, 'sh: write error: Invalid argument\n', 1],
    [`cat /proc/cmdline > ${MEMORY}/memory0/state`, 'cat: write error: Invalid argument\n', 1],
    [`echo x > ${MEMORY}/nope`, `sh: can't create ${MEMORY}/nope: Permission denied\n`, 1],
    ['echo x > /no/pe', "sh: can't create /no/pe: nonexistent directory\n", 1],
    [`echo x > ${MEMORY}`, `sh: can't create ${MEMORY}: Is a directory\n`, 1],
    [
      `echo x > ${MEMORY}/block_size_bytes`,
      `sh: can't create ${MEMORY}/block_size_bytes: Permission denied\n`,
      1,
    ],
    ['cat < /nope', "sh: can't open /nope: no such file\n", 1],
    ['cat /nope', "cat: can't open '/nope': No such file or directory\n", 1],
    ['cat /sys', 'cat: read error: Is a directory\n', 1],
    [
      'cat /sys/bus/acpi/devices/PNP0C80:00/eject',
      "cat: can't open '/sys/bus/acpi/devices/PNP0C80:00/eject': Permission denied\n",
      1,
    ],
    ['cd /nope', "sh: cd: can't cd to /nope: No such file or directory\n", 2],
    ['cd /proc/meminfo', "sh: cd: can't cd to /proc/meminfo: Not a directory\n", 2],
    ['ls /nope', 'ls: /nope: No such file or directory\n', 1],
    ['ls -Z', 'ls: unrecognized option: Z\n', 1],
    ['find /nope', 'find: /nope: No such file or directory\n', 1],
    ['find / -size 3', 'find: -size 3: not known\n', 1],
    ['grep', 'grep: usage: grep [-rlnvcqiEF] PATTERN [FILE]...\n', 2],
    ["grep -E '(' /proc/meminfo", "grep: bad regex '('\n", 2],
    ["grep '\\(a\\)\\1' /proc/meminfo", "grep: bad regex '\\(a\\)\\1'\n", 2],
    ['[ a', '[: missing ]\n', 2],
    ['test 1 -eq x', 'test: bad number: x\n', 2],
    ['echo "a', 'sh: syntax error: unterminated quoted string\n', 2],
    ['echo a; )', 'sh: syntax error: unexpected ")"\n', 2],
    ['exit x', 'sh: exit: Illegal number: x\n', 2],
    [
      `echo offline | tee ${MEMORY}/memory0/state`,
      `tee: ${MEMORY}/memory0/state: Invalid argument\n`,
      1,
    ],
  ])('%s', async (text, err, status) => {
    expect(await run(text)).toMatchObject({ err, status })
    expect((await run('echo $?')).out).toBe(`${status}\n`)
  })
})

describe('words', () => {
  it.each([
    ['echo a  b', 'a b\n'],
    ['echo \'a  b\' "c  d"', 'a  b c  d\n'],
    ['echo -n a', 'a'],
    ['echo -e "a\\tb\\x41"', 'a\tbA\n'],
    ['printf "%08x %s|%-3s|%d\\n" 32 a b 7', '00000020 a|b  |7\n'],
    ['printf "%s\\n" a b', 'a\nb\n'],
    ['printf "100%%"', '100%'],
    ['seq 3; seq 2 3; seq 3 -1 2', '1\n2\n3\n2\n3\n3\n2\n'],
    ['x="a b"; echo $x "$x" $x', 'a b a b a b\n'],
    ['echo $nothing"" $?', ' 0\n'],
    ['for i in 1 2; do echo $i; done', '1\n2\n'],
    ['for i in $(seq 3); do echo -n $i; done; echo', '123\n'],
    ['false || echo a && echo b', 'a\nb\n'],
    ['if [ a = b ]; then echo x; elif true; then echo y; else echo z; fi', 'y\n'],
    ['if ! false; then echo x; fi', 'x\n'],
    ['echo "$(echo a; echo b)" | wc -l', '2\n'],
    ['echo b a c | cat -', 'b a c\n'],
    ['printf "b\\na\\nb\\n" | sort -u', 'a\nb\n'],
    ['printf "10\\n9\\n" | sort -n', '9\n10\n'],
    ['echo hidden > /dev/null; foo 2> /dev/null || echo shown', 'shown\n'],
    ['foo 2>&1 | cat', 'sh: foo: not found\n'],
    ['echo nothing matches x*', 'nothing matches x*\n'],
    ['sudo echo root', 'root\n'],
    ['test -d /sys && test -f /proc/meminfo && test ! -e /x && echo yes', 'yes\n'],
    ['[ 3 -lt 10 ] && [ -n a ] && [ -z "" ] && echo yes', 'yes\n'],
    [
      `[ -h /sys/bus/acpi/devices/PNP0C80:00 ] || [ -w ${MEMORY}/auto_online_blocks ] && echo yes`,
      'yes\n',
    ],
    [`echo a \\\nb # comment`, 'a b\n'],
  ])('%s', async (text, out) => {
    expect(await output(text)).toBe(out)
  })
})

describe('files', () => {
  it('are where they are on a real machine', async () => {
    expect(await output(`cat ${MEMORY}/block_size_bytes`)).toBe('8000000\n')
    expect(await output(`cd ${MEMORY}; pwd; cat memory1/state; cd -; cd ..; pwd`)).toBe(
      `${MEMORY}\nonline\n/\n/\n`,
    )
    expect(await output('ls /')).toBe('proc\nsys\n')
    expect(await output(`cd ${MEMORY}; ls -d memory[0-2] memory1/state`)).toBe(
      'memory0\nmemory1\nmemory1/state\nmemory2\n',
    )
    expect(await output(`ls ${MEMORY}/memory1 /proc | head -n 2`)).toBe('/proc:\nbuddyinfo\n')
    expect(await output(`ls -l ${MEMORY}/memory1/state`)).toBe(
      `-rw-r--r-- root root  4096 ${MEMORY}/memory1/state\n`,
    )
    expect(await output(`cd ${MEMORY}/memory1; readlink node0; readlink -f node0`)).toBe(
      '../../node/node0\n/sys/devices/system/node/node0\n',
    )
    expect(await output(`cd ${MEMORY}; find . -maxdepth 2 -name 'stat*' -type f | wc -l`)).toBe(
      '16\n',
    )
    expect(await output(`cd ${MEMORY}; grep -l online */state | tail -1`)).toBe('memory9/state\n')
    expect(await output(`cd ${MEMORY}; grep -rl DMA32 memory1`)).toBe('memory1/valid_zones\n')
    expect(await output("grep -c 'System RAM' /proc/iomem")).toBe('2\n')
    expect(await output("grep -in 'SYSTEM r[[:alpha:]]*' /proc/iomem | head -1")).toMatch(
      /^1:.*RAM\n$/,
    )
    const nested = `printf '${'a'.repeat(40)}b\\naa\\n' | grep -cE '^(a+)+$'`
    expect(await output(nested)).toBe('1\n')
    expect(await output(`tree -L 1 ${MEMORY}/memory1`)).toContain('├── node0 -> ../../node/node0\n')
  })

  it('stand in columns where a terminal looks', async () => {
    let out = ''
    const io = {
      stdin: '',
      out: (text: string) => {
        out += text
      },
      err: () => undefined,
      columns: 40,
    }
    const { runText } = await import('../../src/shell/execute')
    await runText(shell, `ls ${MEMORY}/memory1`, io)
    expect(out.split('\n')[0]).toBe('node0        phys_index   subsystem')
    out = ''
    await runText(shell, `ls ${MEMORY}/memory1 | head -1`, io)
    expect(out).toBe('node0\n')
  })
})

describe('the test procedure of the series', () => {
  it('can be typed as its author wrote it', async () => {
    await output('plug dimm1 512M node=1')
    expect(await output('ls -d /sys/bus/acpi/devices/PNP0C80:*')).toBe(
      [0, 1, 2, 3].map((slot) => `/sys/bus/acpi/devices/PNP0C80:0${slot}\n`).join(''),
    )
    expect(await output('cat /sys/bus/acpi/devices/PNP0C80:00/status')).toBe('15\n')
    await output(`cd ${MEMORY}; for i in 32 33 34 35; do echo online > memory$i/state; done`)
    expect(await output('cat memory32/state memory35/state')).toBe('online\nonline\n')
    expect(await run('echo online > memory32/state')).toMatchObject({
      err: 'sh: write error: Invalid argument\n',
      status: 1,
    })
    await output('echo offline > memory33/state && echo 1 > /sys/bus/acpi/devices/PNP0C80:00/eject')
    expect(await output('cat /sys/bus/acpi/devices/PNP0C80:00/status')).toBe('0\n')
    expect((await run('ls -d memory32')).err).toBe('ls: memory32: No such file or directory\n')
    expect(await output('uevents | tail -1')).toBe(
      'KERNEL[18] remove   /devices/system/node/node1 (node)\n',
    )
  })

  it('shows a refused ejection in the kernel log only', async () => {
    await output('plug d 256M; online 32-33; unmovable slab 33')
    await output('echo 1 > /sys/bus/acpi/devices/PNP0C80:00/eject')
    expect(await output('dmesg')).toContain('memory memory33: Offline failed.\n')
    expect(await run(`echo offline > ${MEMORY}/memory33/state`)).toMatchObject({
      err: 'sh: write error: Device or resource busy\n',
    })
    expect(await output('platform -c | tail -1')).toContain('"status":130')
    expect(await output('platform')).toBe('')
  })
})

describe('what one can do to the machine', () => {
  it('are the actions of scenarios', async () => {
    expect(await output('plug a 256M; devices')).toContain('a   0x0000000100000000  256M')
    await output('online 32 movable; fill f 1M policy=bind; pin f pages=1; unpin f; drop f')
    expect(await output('list')).toMatch(/ online +Movable +0 +32 +PNP0C80:00$/m)
    const before = await output('fingerprint')
    await output('snapshot s; offline 32')
    expect(await output('fingerprint')).not.toBe(before)
    await output('restore s')
    expect(await output('fingerprint')).toBe(before)
    await output('inject MEM_GOING_OFFLINE EBUSY')
    expect(await run('offline 32')).toMatchObject({ status: 1 })
    await output('inject MEM_GOING_OFFLINE 0; offline 32; unplug a; check; settle')
    expect(await output('devices | wc -l')).toBe('1\n')
  })

  it.each([
    [
      'plug',
      'plug: "id" is missing; "size" is missing (BAD_ARGUMENT)\nusage: plug ID SIZE [node=NODE]',
    ],
    ['plug a 1G nod=1', 'plug: unknown field "nod"; did you mean "node"?'],
    ['plug a 1G b', 'plug: too many words: b\nusage: plug ID SIZE'],
    ['plug a 1Q', 'plug: size: expected a size such as 512M'],
    ['drop f', 'drop: No memory is called "f". (BAD_ARGUMENT)'],
    ['offline 0', 'offline: memory0 has pages in more than one zone'],
  ])('%s is refused in words', async (text, message) => {
    const { err, status } = await run(text)
    expect(err).toContain(message)
    expect(status).toBeGreaterThan(0)
  })

  it('is told by help', async () => {
    expect(await output('help')).toContain('  plug ID SIZE [node=NODE] [slot=SLOT]')
    expect(await output('help online')).toMatch(/^online BLOCKS \[default\|kernel\|movable\]\n/)
    expect(await output('help fill')).toContain('[policy=prefer|bind] [as=file|anonymous|kernel]\n')
    expect(await output('help cd')).toBe('cd [DIR | -]\n  go to a directory\n')
    expect(await run('help nope')).toMatchObject({ status: 1 })
  })
})

describe('exit', () => {
  it.each([
    ['exit', 0],
    ['false; exit', 1],
    ['exit 3; echo never', 3],
    ['for i in 1 2; do exit 4; done', 4],
    ['true && exit 5 || exit 6', 5],
  ])('%s ends with %i', async (text, code) => {
    const { out } = await run(text)
    expect({ out, exit: shell.exit }).toEqual({ out: '', exit: code })
  })

  it('in $(…) ends only that', async () => {
    expect(await output('echo $(exit 3) still here')).toBe('still here\n')
    expect(shell.exit).toBeNull()
  })
})

describe('completion', () => {
  it.each([
    ['plu', ['plug '], 'plu'],
    ['ls | gre', ['grep '], 'gre'],
    ['for i in a; do tre', ['tree '], 'tre'],
    ['cat /pr', ['/proc/'], '/pr'],
    ['cat /proc/io', ['/proc/iomem '], '/proc/io'],
    [`cat ${MEMORY}/memory1/st`, [`${MEMORY}/memory1/state `], `${MEMORY}/memory1/st`],
    [`echo x >${MEMORY}/auto`, [`${MEMORY}/auto_online_blocks `], `${MEMORY}/auto`],
    ['cat /nope/', [], '/nope/'],
    ['cd s', ['sys/'], 's'],
  ])('of %s', (line, candidates, word) => {
    expect(complete(shell, line)).toEqual({ candidates, word })
  })

  it('of nothing is every command', () => {
    expect(complete(shell, '').candidates.length).toBeGreaterThan(40)
  })
})

describe('whatever is typed', () => {
  const piece = fc.constantFrom(
    'plug d 256M',
    'unplug d',
    'online 32',
    'offline 32-33',
    'fill f 1M',
    'drop f',
    'unmovable k 5',
    'snapshot s',
    'restore s',
    'poison 3 page=7',
    'hugepages h 2',
    'cd /sys/devices/system/memory',
    'cd -',
    'ls',
    'ls -l *',
    'cat *',
    'cat */state',
    'echo online > memory32/state',
    'echo 1 > /sys/bus/acpi/devices/PNP0C80:00/eject',
    'grep -r o .',
    'find . -name "m*"',
    'tree -L 1',
    'readlink -f *',
    'printf "%d%s" a b c',
    'test a = b',
    '[ -e x ]',
    'help',
    'dmesg -c',
    'uevents',
    'wc',
    'sort',
    'head -n 1',
    'tail',
    'tee memory1/online',
    'echo $? $x "$(pwd)"',
    'x=1',
    'seq 3',
    'foo',
  )
  const joint = fc.constantFrom('; ', ' && ', ' || ', ' | ', '\n', ' > ', ' < ', ' ')

  it('is run or refused, and leaves the machine whole', async () => {
    const line = fc
      .array(fc.tuple(piece, joint), { maxLength: 8 })
      .map((parts) => parts.flat().join(''))
    await fc.assert(
      fc.asyncProperty(line, async (text) => {
        const { status } = await run(text)
        expect(status).toBeGreaterThanOrEqual(0)
        expect(await run('check')).toMatchObject({ status: 0 })
      }),
      { numRuns: draws(60) },
    )
  })

  it('as random text is run or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        expect((await run(text)).status).toBeGreaterThanOrEqual(0)
        expect(complete(shell, text).candidates).toBeInstanceOf(Array)
      }),
      { numRuns: draws(200) },
    )
  })
})
