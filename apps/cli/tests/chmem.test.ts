import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { kindOfFilesystem } from '../src/chmem/target'
import { statesBelow } from './block-states'
import { canMount } from './can-mount'
import { TWO_NODES } from './fixture'
import { runCli, spawnCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

vi.setConfig({ testTimeout: 120_000 })

const MEMORY = '/sys/devices/system/memory'

function canCompare(): boolean {
  try {
    return execFileSync('chmem', ['--version'], { encoding: 'utf8' }).includes('2.38') && canMount()
  } catch {
    console.warn('NOT RUN: chmem of util-linux 2.38 beside memhp chmem, on a mounted machine')
    return false
  }
}

interface Outcome {
  readonly args: readonly string[]
  readonly status: number
  readonly out: string
  readonly err: string
  readonly states: string
}

/** Command lines, one after the other on one machine: what is offline is so for the next. */
const BATTERY: readonly (readonly string[])[] = [
  '-d 100',
  '-d 0',
  '-d 128m',
  '-d -v 256M',
  '-e 64g',
  '-e -v 128',
  '-d 1t',
  '-e -v 0x78000000-0x7fffffff',
  '-d 0x70000000-0x7fffffff',
  '-d -v 0x70000000-0x7fffffff',
  '-e 0x70000001-0x7fffffff',
  '-e 70000000-7fffffff',
  '-e 0x100000000-0x107ffffff',
  '-e -b 8-15',
  '-e -v -b 14',
  '-d -b 15-14',
  '-d -b 90',
  '-d -b 8-90',
  '-d -b x',
  '-d -e 1',
  '-e -z Normal -b 8',
  '-e -z Foo 128',
  '-z Movable -d -v -b 8',
  '-e -z Movable -v -b 8',
  '-d -v 100g',
  '-e -v 100g',
  '-d -b 0',
  '-d -v -b 0-3',
  '-e 10G -v',
  '-e -z DMA32 -v 256M',
  '-d -z Movable 128M',
  '-d 1.5g',
  '-d 1500',
  '-d 128k',
  '-d 128x',
].map((line) => line.split(' '))

const SCRIPT = `[ "$(stat -f -c %t ${MEMORY})" = 65735546 ] || exit 9
cd "$1"; shift
while [ $# -gt 0 ]; do
  chmem $1 >out 2>err; status=$?
  echo "== $status"; sed 's/^/out /' out; sed 's/^/err /' err
  printf 'now '; i=0
  while [ -e ${MEMORY}/memory$i ]; do
    case $(cat ${MEMORY}/memory$i/state) in online) printf 1;; *) printf 0;; esac; i=$((i + 1))
  done; echo; shift
done
`

/** What chmem of this host does on a model of a machine. */
async function realOutcomes(): Promise<readonly Outcome[]> {
  const lines = BATTERY.map((args) => args.join(' '))
  const folder = await temporaryFolder()
  const words = ['exec', 'x86_64', '--', 'sh', '-c', SCRIPT, 'sh', folder, ...lines]
  const { code, stdout } = await spawnCli(words)
  expect(code).toBe(0)
  const parts = stdout.split(/^== /m).slice(1)
  return parts.map((part, at): Outcome => {
    const [status = '', ...rest] = part.trimEnd().split('\n')
    const of = (word: string): string =>
      rest
        .filter((line) => line.startsWith(`${word} `))
        .map((line) => `${line.slice(4)}\n`)
        .join('')
    const states = of('now').trim()
    return {
      args: BATTERY[at] ?? [],
      status: Number(status),
      out: of('out'),
      err: of('err'),
      states,
    }
  })
}

/** What memhp chmem does on another of the same model. */
async function ownOutcomes(): Promise<readonly Outcome[]> {
  const battery = fileURLToPath(new URL('chmem-battery.ts', import.meta.url))
  const node = [
    process.execPath,
    '--conditions=memhp-source',
    '--import',
    import.meta.resolve('tsx'),
  ]
  const words = ['exec', 'x86_64', '--', ...node, battery, JSON.stringify(BATTERY)]
  const { code, stdout, stderr } = await spawnCli(words)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Wrong arguments are told by memhp as such, and end with 2. */
const comparable = ({ status, err, ...rest }: Outcome): object => ({
  ...rest,
  status: status === 2 ? 1 : status,
  err: err.replaceAll(/^Try.*\n/gm, '').replaceAll(/^(?:memhp|chmem): /gm, ''),
})

describe.skipIf(!canCompare())('beside chmem of util-linux 2.38', () => {
  const before = statesBelow('/')
  afterAll(() => expect(statesBelow('/')).toBe(before))

  it('has the effects, messages and exit codes of chmem', async () => {
    const [real, own] = [await realOutcomes(), await ownOutcomes()]
    expect(real).toHaveLength(BATTERY.length)
    expect(own.map(comparable)).toEqual(real.map(comparable))
  })
})

const onlineIn = async (sysroot: string): Promise<readonly number[]> => {
  const ids = [0, 1, 32, 33, 34]
  const texts = await Promise.all(
    ids.map(async (id) => readFile(join(sysroot, MEMORY, `memory${id}/state`), 'utf8')),
  )
  return ids.filter((_, at) => texts[at]?.startsWith('online'))
}

describe('memhp chmem', () => {
  it('says what it would do, and does nothing', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const { code, stdout, stderr } = await runCli([
      'chmem',
      '-d',
      '256M',
      '--dry-run',
      '--sysroot',
      sysroot,
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /memory33 +0x0000000108000000-0x000000010fffffff +Movable +offline +goes/,
    )
    expect(stdout).toMatch(/memory32 .*Movable +offline +goes, probably/)
    expect(stderr).toBe('2 blocks, 256M. Nothing was written.\n')
    expect(await onlineIn(sysroot)).toEqual([0, 1, 32, 33])
  })

  it('changes a copy of /sys without asking: it is files', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const { code, stdout } = await runCli(['chmem', '-d', '-v', '128M', '--sysroot', sysroot])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Memory Block 33 (0x0000000108000000-0x000000010fffffff) disabled\n',
    })
    expect(await onlineIn(sysroot)).toEqual([0, 1, 32])
    await runCli(['chmem', '-e', '128M', '--sysroot', sysroot])
    expect(await readFile(join(sysroot, MEMORY, 'memory33/state'), 'utf8')).toContain(
      'online_movable',
    )
  })

  it('takes with --cheapest what goes best, not what is highest', async () => {
    const texts = {
      ...TWO_NODES,
      [`${MEMORY}/memory33/valid_zones`]: 'none\n',
    }
    const dry = async (...flags: string[]): Promise<string> => {
      const sysroot = await writeSysroot(texts)
      return (await runCli(['chmem', '-d', '128M', '--dry-run', '--sysroot', sysroot, ...flags]))
        .stdout
    }
    expect(await dry()).toMatch(/memory33 .*refuses, for certain/)
    expect(await dry('--cheapest')).toMatch(/memory32 .*goes, probably/)
  })

  it('asks before a machine that runs is changed, whatever its files lie on', () => {
    expect(kindOfFilesystem(0x62656572)).toBe('machine')
    expect(kindOfFilesystem(0x65735546)).toBe('model')
    expect(kindOfFilesystem(0x01021994)).toBe('copy')
    expect(kindOfFilesystem(0x12345678)).toBe('machine')
  })

  it.each([
    [['chmem', '1G'], /neither --enable nor --disable is given/],
    [['chmem', '-e', '-d', '1G'], /mutually exclusive arguments: --disable --enable/],
    [['chmem', '-d', '1G', '-z', 'Foo'], /unknown memory zone: Foo/],
    [['chmem', '-d', '1G', '--sysroot', '/nowhere-at-all'], /\/nowhere-at-all: No such file/],
    [['chmem', '-d', '1G', '--sysroot', '/proc/self'], /holds no \/sys\/devices\/system\/memory/],
  ])('%j is bad input', async (args, message) => {
    const { code, stderr } = await runCli(args)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })
})
