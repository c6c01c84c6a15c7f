import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

/** What every JSON document of the command begins with. */
interface Document {
  readonly version: number
  readonly source: { readonly kind: string; readonly path?: string }
  readonly machine: Readonly<Record<string, unknown>>
  readonly totals: Readonly<Record<string, unknown>>
  readonly ranges: readonly Readonly<Record<string, unknown>>[]
  readonly blocks: readonly Readonly<Record<string, unknown>>[]
  readonly notes: readonly { readonly path: string }[]
}

describe('memhp list', () => {
  it('joins like blocks to ranges and sums up', async () => {
    const run = await runCli(['list', '--sysroot', await writeSysroot(TWO_NODES)])
    expect(run.code).toBe(0)
    expect(run.stdout).toBe(`\
RANGE                                  SIZE  STATE    ZONES           NODE  BLOCKS  DEVICE
0x0000000000000000-0x0000000007ffffff  128M  online   none            0     0       -
0x0000000008000000-0x000000000fffffff  128M  online   DMA32           0     1       -
0x0000000100000000-0x000000010fffffff  256M  online   Movable         1     32-33   PNP0C80:00
0x0000000110000000-0x0000000117ffffff  128M  offline  Movable/Normal  1     34      PNP0C80:01

Memory block size:    128M
Total online memory:  512M
Total offline memory: 128M
Online in Movable:    256M
`)
    expect(run.stderr).toBe('')
  })

  it('tells of memory with hardware errors, where there is some', async () => {
    const meminfo = `${TWO_NODES['/proc/meminfo']}HardwareCorrupted:     8 kB\n`
    const sysroot = await writeSysroot({ ...TWO_NODES, '/proc/meminfo': meminfo })
    expect((await runCli(['list', '--sysroot', sysroot])).stdout).toMatch(
      /^With hardware errors: 8K$/m,
    )
    const { totals } = JSON.parse(
      (await runCli(['list', '--json', '--sysroot', sysroot])).stdout,
    ) as Document
    expect(totals.hardwareCorruptedBytes).toBe(8192)
  })

  it('prints one block a line with --blocks', async () => {
    const run = await runCli(['list', '--blocks', '--sysroot', await writeSysroot(TWO_NODES)])
    const lines = run.stdout.split('\n')
    expect(lines[0]).toMatch(/^BLOCK {2}RANGE/)
    expect(lines.slice(1, 6).map((line) => Number(line.slice(0, 5)))).toEqual([0, 1, 32, 33, 34])
  })

  it('prints a versioned document with bytes as numbers with --json', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const run = await runCli(['list', '--json', '--sysroot', sysroot])
    const document = JSON.parse(run.stdout) as Document
    expect(document).toMatchObject({
      version: 1,
      source: { kind: 'folder', path: sysroot },
      machine: { release: '6.1.0-test', pageBytes: 4096, blockBytes: 134_217_728 },
      totals: { onlineBytes: 536_870_912, offlineBytes: 134_217_728, movableBytes: 268_435_456 },
      notes: [],
    })
    expect(document.ranges.slice(2)).toEqual([
      {
        start: 0x1_0000_0000,
        end: 0x1_1000_0000,
        sizeBytes: 268_435_456,
        firstBlock: 32,
        lastBlock: 33,
        state: 'online',
        zone: 'Movable',
        candidateZones: [],
        nodes: [1],
        device: 'PNP0C80:00',
      },
      expect.objectContaining({ zone: null, candidateZones: ['Movable', 'Normal'] }),
    ])
  })

  it('prints single blocks as JSON with --json --blocks', async () => {
    const run = await runCli([
      'list',
      '--json',
      '--blocks',
      '--sysroot',
      await writeSysroot(TWO_NODES),
    ])
    const { blocks } = JSON.parse(run.stdout) as Document
    expect(blocks[0]).toEqual({
      id: 0,
      start: 0,
      end: 134_217_728,
      sizeBytes: 134_217_728,
      state: 'online',
      zone: null,
      candidateZones: [],
      nodes: [0],
      removable: true,
      device: null,
      physDevice: 0,
      contents: null,
    })
  })

  it('says how much it does not know, and with --notes what', async () => {
    const { '/proc/buddyinfo': _, ...rest } = TWO_NODES
    const sysroot = await writeSysroot(rest)
    const short = await runCli(['list', '--sysroot', sysroot])
    expect(short.stderr).toBe('1 thing is not known of this machine; --notes says what.\n')
    const long = await runCli(['list', '--notes', '--sysroot', sysroot])
    expect(long.stderr).toBe('/proc/buddyinfo: absent. Free chunks by order are unknown.\n')
    expect(long.stdout).toBe(short.stdout)
  })

  it('colours when told to, and never by itself in a pipe', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const green = '\u001b[32monline'
    expect((await runCli(['--color', 'list', '--sysroot', sysroot])).stdout).toContain(green)
    const environment = { FORCE_COLOR: '1' }
    const args = ['list', '--sysroot', sysroot]
    expect((await runCli(args, { environment })).stdout).toContain(green)
    expect((await runCli(['--no-color', ...args], { environment })).stdout).not.toContain(green)
    expect((await runCli(args)).stdout).not.toContain('\u001b')
  })
})
