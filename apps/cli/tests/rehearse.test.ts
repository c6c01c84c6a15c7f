import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli'

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))

const THREE_NODES = capture('x86_64-three-nodes')
const DIMMS = capture('x86_64-dimms-zones')

describe('a device that can go', () => {
  const run = runCli(['rehearse', THREE_NODES, '--remove', 'PNP0C80:00'])

  it('ends with success and one sentence', async () => {
    const { code, stdout, stderr } = await run
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'PNP0C80:00 can be removed: 1G, and node 2 with it.',
    )
  })

  it('shows host, plan, run, the six things and the balance, in this order', async () => {
    const { stdout } = await run
    const headings = stdout.split('\n').filter((line) => /^[A-Z]/.test(line))
    expect(headings.slice(0, 5)).toEqual(['Host', 'Plan', 'Run', 'What was kept for it', 'Balance'])
  })

  it('draws the host with what is to go in brackets', async () => {
    const { stdout } = await run
    expect(stdout).toMatch(/node 2 +\[M{8}\] +1G, no CPU/)
    expect(stdout).toContain('PNP0C80:00 (\\_SB_.MHPC.MP00): 1G on node 2')
  })

  it('takes blocks offline from the highest down, with what each holds', async () => {
    const { stdout } = await run
    expect(stdout).toMatch(/1 {2}memory39 offline {2}2\/Movable {2}128M free +goes, probably/)
    expect(stdout).toMatch(
      /8 {2}memory32 offline {2}2\/Movable {2}\d+(?:\.\d)?M to move +goes, probably/,
    )
    expect(stdout).toMatch(/9 {2}PNP0C80:00 eject/)
    expect(stdout).toMatch(/undo +everything up to step 9, the ejection/)
  })

  it.each([
    ['device', /1 {2}device +PNP0C80:00 +status 15 +an empty slot/],
    ['its ranges', /acpi_memory_info +100000000-13fffffff +none/],
    ['firmware map', /2 {2}memmap .* 9: 100000000-13fffffff System RAM +none/],
    ['iomem', /3 {2}iomem +\/proc\/iomem +100000000-13fffffff System RAM +none/],
    ['sections', /4 {2}sections +mem_sections +8 +none/],
    ['blocks', /memory blocks +memory32-39 +none/],
    ['page tables', /5 {2}tables +direct map, leaves +.* none/],
    ['vmemmap', /vmemmap, leaves +8 PMD of 2M +none/],
    ['node', /6 {2}node +…\/system\/node\/node2 +\d+ entries +none/],
  ])('compares before and after: %s', async (_what, line) => {
    expect((await run).stdout).toMatch(line)
  })

  it('balances', async () => {
    expect((await run).stdout).toMatch(/sum +it balances: all \d+ numbers come out as they must/)
  })

  it('keeps to the width of the page', async () => {
    const widths = (await run).stdout.split('\n').map((line) => line.length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(100)
  })

  it('says the same in colours', async () => {
    const args = ['--color', 'rehearse', THREE_NODES, '--remove', 'PNP0C80:00']
    const { stdout } = await runCli(args)
    expect(stdout).not.toBe((await run).stdout)
    expect(stripVTControlCharacters(stdout)).toBe((await run).stdout)
  })
})

describe('a device that the kernel has put its data on', () => {
  const run = runCli(['rehearse', DIMMS, '--remove', 'PNP0C80:00'])

  it('is refused, with one line on standard error', async () => {
    const { code, stderr } = await run
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^memhp: memory32 stays because of page 0x1[0-9a-f]+ in zone 0\/Normal: kernel memory/,
    )
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('names block, page and kind, what else is in the way, and what helps', async () => {
    const { stdout } = await run
    expect(stdout).toContain('Refused (memory32, EBUSY)')
    expect(stdout).toMatch(
      /page +pfn 1,\d+,\d+ \(0x1[0-9a-f]+\), address 0x1[0-9a-f]+, zone 0\/Normal, slab/,
    )
    expect(stdout).toMatch(/also +memory32 holds [\d,]+ pages of kernel memory/)
    expect(stdout).toMatch(/helps +- .*online_movable/)
  })

  it('leaves the twin as it was', async () => {
    expect((await run).stdout).toContain('the twin is as it was before')
  })
})

describe('--json', () => {
  it('prints one document of version 1, and nothing else', async () => {
    const { code, stdout, stderr } = await runCli([
      'rehearse',
      THREE_NODES,
      '--remove-node',
      '2',
      '--json',
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const document = JSON.parse(stdout)
    expect(Object.keys(document)).toEqual([
      'version',
      'source',
      'machine',
      'takenAt',
      'outcome',
      'plan',
      'execution',
      'moves',
      'before',
      'after',
      'balance',
      'diagnosis',
      'doubt',
      'asBefore',
      'assumptions',
      'notes',
    ])
    expect(document).toMatchObject({
      version: 1,
      source: { kind: 'capture', path: THREE_NODES },
      machine: { arch: 'x86_64', blockBytes: 2 ** 27 },
      outcome: 'removed',
      plan: { goal: { kind: 'node', node: 2 }, devices: ['PNP0C80:00'] },
      balance: { balanced: true },
      diagnosis: null,
    })
  })

  it('holds the diagnosis of a refusal', async () => {
    const { code, stdout } = await runCli(['rehearse', DIMMS, '--remove-blocks', '32', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'refused',
      diagnosis: { block: 32, errno: 'EBUSY', reason: 'kernel-memory', page: { kind: 'slab' } },
      asBefore: true,
    })
  })
})

describe('other goals', () => {
  it('--remove-size takes the devices that fit best', async () => {
    const { code, stdout } = await runCli(['rehearse', DIMMS, '--remove-size', '256M'])
    expect(code).toBe(0)
    expect(stdout).toContain('PNP0C80:03 can be removed: 256M.')
  })

  it('--remove-blocks only takes part of a device offline, and says so', async () => {
    const { code, stdout } = await runCli(['rehearse', DIMMS, '--remove-blocks', '38-39'])
    expect(code).toBe(0)
    expect(stdout).toContain('2 blocks cannot be removed even when they are offline')
    expect(stdout).toContain('2 memory blocks can go offline: 256M.')
  })

  it('--remove may be repeated', async () => {
    const args = ['rehearse', DIMMS, '--remove', 'PNP0C80:02', '--remove', 'PNP0C80:03']
    const { code, stdout } = await runCli(args)
    expect(code).toBe(0)
    expect(stdout).toContain('PNP0C80:02 and PNP0C80:03 can be removed: 768M.')
  })

  it('--remove-size of more than can go is refused with what is the most', async () => {
    const { code, stderr, stdout } = await runCli(['rehearse', DIMMS, '--remove-size', '64G'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /64G cannot go\. The most that may go is [\d.]+G: PNP0C80:0.* with [\d.]+G, and [\d.]+[GM] of single blocks/,
    )
  })
})

describe('bad input is told in one message, without a stack trace', () => {
  it.each([
    [[THREE_NODES], /nothing is named that is to go/],
    [[THREE_NODES, '--remove', 'PNP0C80:00', '--remove-node', '2'], /more than one thing/],
    [[THREE_NODES, '--remove', 'PNP0C80:09'], /no memory device "PNP0C80:09".*PNP0C80:00/],
    [[THREE_NODES, '--remove', 'PNP0C80:01'], /PNP0C80:01 holds no memory.*PNP0C80:00/],
    [[THREE_NODES, '--remove-blocks', '32-'], /--remove-blocks "32-"/],
    [[THREE_NODES, '--remove-blocks', '77'], /There is no memory77/],
    [[THREE_NODES, '--remove-node', 'two'], /--remove-node "two"/],
    [[THREE_NODES, '--remove-node', '9'], /There is no node 9/],
    [[THREE_NODES, '--remove-size', '1X'], /--remove-size "1X"/],
    [['/nowhere.json.gz', '--remove-node', '1'], /\/nowhere\.json\.gz: No such file or directory/],
    [[fileURLToPath(import.meta.url), '--remove-node', '1'], /capture/],
    [[], /nothing is named that is to go/],
    [[THREE_NODES, '--remove-size', '1G', '--fetch'], /--fetch goes with --on-kernel/],
    [
      [THREE_NODES, '--remove-size', '1G', '--arch', 's390x'],
      /--arch is for a folder, and capture/,
    ],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await runCli(['rehearse', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/ {4}at /)
  })
})
