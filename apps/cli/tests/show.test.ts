import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

/** Runs `memhp show` on the fixture. */
async function show(...args: readonly string[]) {
  return runCli(['show', ...args, '--sysroot', await writeSysroot(TWO_NODES)])
}

const jsonOf = (text: string): Readonly<Record<string, unknown>> =>
  JSON.parse(text) as Readonly<Record<string, unknown>>

describe('memhp show block', () => {
  it('tells what the block is and what lies in it', async () => {
    const { code, stdout } = await show('block', '0')
    expect(code).toBe(0)
    expect(stdout).toContain('Zone:             none (not a single one: it cannot go offline)\n')
    expect(stdout).toContain('0x0000000001000000-0x0000000001ffffff Kernel code\n')
  })

  it('tells where an offline block may go', async () => {
    const { stdout } = await show('block', '34')
    expect(stdout).toContain('May join:         Movable/Normal (the first by default)\n')
  })

  it('names the blocks there are where there is no such one', async () => {
    const { code, stdout, stderr } = await show('block', '99')
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'memhp: there is no memory block 99\nTry: one of 0-1,32-34\n',
    })
  })

  it('prints JSON', async () => {
    const { stdout } = await show('block', '32', '--json')
    expect(jsonOf(stdout)).toMatchObject({ version: 1, block: { id: 32, zone: 'Movable' } })
  })
})

describe('memhp show node', () => {
  it('lists all nodes', async () => {
    const { stdout } = await show('node')
    expect(stdout.split('\n')).toEqual([
      'NODE  ONLINE  CPUS  TOTAL  FREE  BLOCKS  DISTANCES',
      '   0  yes     0-1    256M    4K  0-1     0:10 1:20',
      '   1  yes     none   256M    4K  32-34   0:20 1:10',
      '',
    ])
  })

  it('shows one with its zones and blocks', async () => {
    const { stdout } = await show('node', '1')
    expect(stdout).toContain('Has kernel memory: no\n')
    expect(stdout).toContain('   1  Movable  0x0000000100000000-0x000000010fffffff')
    expect(stdout).toContain('PNP0C80:01\n')
  })

  it('prints JSON', async () => {
    const { stdout } = await show('node', '1', '--json')
    expect(jsonOf(stdout)).toMatchObject({ version: 1, node: { id: 1, blocks: [32, 33, 34] } })
  })

  it('refuses a node that is not there', async () => {
    expect(await show('node', '7')).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('memhp show device', () => {
  it('lists all devices, empty slots too', async () => {
    const { stdout } = await show('device')
    expect(stdout.split('\n').slice(1, 4)).toEqual([
      'PNP0C80:00  yes      yes        256M  1     32-33   \\_SB_.MHPC.MP00',
      'PNP0C80:01  yes      yes        128M  1     34      \\_SB_.MHPC.MP01',
      'PNP0C80:02  no       yes          0B  -     none    \\_SB_.MHPC.MP02',
    ])
  })

  it('shows one, its name in any case', async () => {
    const { stdout } = await show('device', 'pnp0c80:00')
    expect(stdout).toContain('Ranges:    0x0000000100000000-0x000000010fffffff\n')
  })

  it('prints JSON', async () => {
    const { stdout } = await show('device', 'PNP0C80:01', '--json')
    const ranges = [{ start: 0x1_1000_0000, end: 0x1_1800_0000 }]
    expect(jsonOf(stdout)).toMatchObject({ version: 1, device: { status: 15, ranges } })
  })
})

describe('memhp show zone', () => {
  it('lists the zones that have pages', async () => {
    const { stdout } = await show('zone')
    expect(stdout.split('\n').map((line) => line.slice(0, 13))).toEqual([
      'NODE  ZONE   ',
      '   0  DMA    ',
      '   0  DMA32  ',
      '   1  Movable',
      '',
    ])
  })

  it('shows one with its free chunks', async () => {
    const { stdout } = await show('zone', '1/Movable')
    expect(stdout).toContain('Present:    65536 pages (256M)\n')
    expect(stdout).toContain('    2    16K            1   16K\n')
  })

  it('names the zones there are where there is no such one', async () => {
    const { code, stderr } = await show('zone', '1/Normal')
    expect(code).toBe(2)
    expect(stderr).toContain('one of 0/DMA, 0/DMA32, 0/Movable, 1/Movable')
  })

  it('prints JSON', async () => {
    const { stdout } = await show('zone', '0', '--json')
    expect(jsonOf(stdout)).toMatchObject({ version: 1, zones: [{ name: 'DMA' }, {}, {}] })
  })
})

describe('memhp show page-table', () => {
  it('says that a folder has none, and what to do', async () => {
    const { code, stdout, stderr } = await show('page-table', 'block', '32')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('does not tell that: only a machine does\nTry: memhp capture')
  })

  it('refuses what is neither an address nor a block', async () => {
    const { code, stderr } = await show('page-table', '0x1000', '0x2000')
    expect(code).toBe(2)
    expect(stderr).toContain('0x1000 0x2000 is neither an address nor a block')
  })

  it('refuses an address without 0x where another flag names the source', async () => {
    const { code, stderr } = await show('page-table', 'ffffffffffffffff')
    expect(code).toBe(2)
    expect(stderr).toContain('ffffffffffffffff is neither an address nor a block')
  })
})
