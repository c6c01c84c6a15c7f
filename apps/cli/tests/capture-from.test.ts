import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCaptureFile } from '@memhp/host'
import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli'

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))
const THREE_NODES = capture('x86_64-three-nodes')
const DIMMS = capture('x86_64-dimms-zones')
const COLUMNS = ['-o', 'RANGE,SIZE,STATE,REMOVABLE,BLOCK,NODE,ZONES']

async function folder(texts: Readonly<Record<string, string>>): Promise<string> {
  const top = await mkdtemp(join(tmpdir(), 'memhp-report-'))
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(top, path)), { recursive: true })
    await writeFile(join(top, path), text)
  }
  return top
}

interface Block {
  readonly id: number
  readonly state: string
  readonly zone: string | null
  readonly nodes: readonly number[]
  readonly candidateZones: readonly string[]
}

async function blocksOf(path: string): Promise<readonly Block[]> {
  const { code, stdout } = await runCli(['list', '--blocks', '--json', path])
  expect(code).toBe(0)
  return JSON.parse(stdout).blocks.map(
    ({ id, state, zone, nodes, candidateZones }: Block): Block => ({
      id,
      state,
      zone,
      nodes,
      candidateZones,
    }),
  )
}

describe('memhp capture --from', () => {
  it.each(
    ['2.38', '2.42'].flatMap((like) =>
      [[], ['-r'], ['-P'], ['-J'], ['-a'], ['-b']].map((layout) => [like, layout] as const),
    ),
  )('lists the blocks that lsmem of %s listed with %j', async (like, layout) => {
    for (const base of [THREE_NODES, DIMMS]) {
      const listed = await runCli(['list', base, '--like', like, ...COLUMNS, ...layout])
      const top = await folder({ 'lsmem.txt': listed.stdout })
      const file = join(top, 'out.json.gz')
      const args = ['--from', join(top, 'lsmem.txt'), '--arch', 'x86_64', '-o', file]
      const { code, stderr } = await runCli(['capture', ...args])
      expect(stderr).toMatch(/states of blocks +known +lsmem/)
      expect(code).toBe(0)
      expect(await blocksOf(file)).toEqual(await blocksOf(base))
    }
  })

  it('joins an unpacked sos report, whose twin goes as that of the host', async () => {
    const { files } = await readCaptureFile(THREE_NODES)
    const lsmem = await runCli(['list', THREE_NODES, '--like', '2.38', ...COLUMNS, '-a'])
    const proc = Object.entries(files).filter(([path]) => path.startsWith('/proc/'))
    const top = await folder({
      ...Object.fromEntries(proc.map(([path, text]) => [path.slice(1), text])),
      'sos_commands/memory/lsmem_-a_-o_RANGE_SIZE_STATE_REMOVABLE_ZONES_NODE_BLOCK': lsmem.stdout,
      'sos_commands/numa/numactl_--hardware': 'bash: numactl: command not found\n',
    })
    const file = join(top, 'out.json.gz')
    const { code, stderr } = await runCli([
      'capture',
      '--from',
      top,
      '--arch',
      'x86_64',
      '-o',
      file,
    ])
    expect(code).toBe(0)
    expect(stderr).not.toContain('contradict')
    expect(stderr).toMatch(/nodes +derived/)
    expect(await blocksOf(file)).toEqual(await blocksOf(THREE_NODES))
    const rehearsed = await runCli(['rehearse', file, '--remove-blocks', '32'])
    expect(rehearsed.code).toBe(0)
    expect((await runCli(['can', file])).stdout).toContain('memory7 has 128 KiB that /proc/iomem')
  })

  it('leaves open what no text tells, and says so', async () => {
    const top = await folder({ 'iomem.txt': '00001000-3fffffff : System RAM\n' })
    const file = join(top, 'out.json.gz')
    const args = ['--from', join(top, 'iomem.txt'), '--arch', 'x86_64', '-o', file]
    const { stderr } = await runCli(['capture', ...args])
    expect(stderr).toMatch(/size of a block +assumed/)
    expect(stderr).toMatch(/states of blocks +unknown +of memory0-7; lsmem would tell/)
    const blocks = await blocksOf(file)
    expect(blocks).toHaveLength(8)
    expect(new Set(blocks.map(({ state }) => state))).toEqual(new Set(['unknown']))
  })

  it.each([
    [['--from', '/nowhere-at-all'], /\/nowhere-at-all: No such file/],
    [['--from', '/etc/hostname', '--sysroot', '/'], /--from takes texts, and --sysroot a copy/],
    [['--block-size', '128M'], /--block-size says what texts leave out, and --from is not given/],
    [['--from', 'x', '--block-size', '100M'], /--block-size "100M": a power of two is expected/],
  ])('%j is bad input', async (flags, message) => {
    const out = join(await mkdtemp(join(tmpdir(), 'memhp-report-')), 'out.json')
    const { code, stderr } = await runCli(['capture', ...flags, '-o', out])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('says what would be right where a text is not known, and how to name it', async () => {
    const top = await folder({ 'a.txt': 'hello\n', 'b.txt': '<html>\n' })
    const run = async (...from: string[]) =>
      runCli(['capture', '--from', ...from, '--arch', 'x86_64', '-o', join(top, 'out')])
    const { stderr } = await run(join(top, 'a.txt'))
    expect(stderr).toMatch(
      /a\.txt:1: not a text that is known\nTry: KIND=FILE says what it is: lsmem,/,
    )
    expect((await run(`zoneinfo=${join(top, 'b.txt')}`)).stderr).toMatch(
      /b\.txt:1: "<html>" is not the header of a zone, as zoneinfo is read/,
    )
    expect((await run(top)).stderr).toMatch(/is not an unpacked sos report/)
  })
})
