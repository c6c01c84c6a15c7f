import { fileURLToPath } from 'node:url'
import { readCaptureFile } from '@memhp/host'
import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { writeCaptureSysroot, writeSysroot } from './sysroot'

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))
const THREE_NODES = capture('x86_64-three-nodes')
/** The fixture does not say its architecture. */
const X86 = ['--arch', 'x86_64'] as const
const DIMMS = capture('x86_64-dimms-zones')

describe('memhp can', () => {
  it('says what goes, what stays and why, how much in all, and what would help', async () => {
    const { code, stdout } = await runCli(['can', THREE_NODES])
    expect(code).toBe(0)
    expect(stdout).toMatch(/PNP0C80:00 +1G +2 +32-39 +yes +goes, probably/)
    expect(stdout).toMatch(/2 +1G +8 of 8 +1G +goes, probably/)
    expect(stdout).toMatch(/3 +128M +0 +DMA32 +- +refuses, for certain: memory reserved at boot/)
    expect(stdout).toContain('memory7 has 128 KiB that /proc/iomem does not call System RAM.')
    expect(stdout).toMatch(/ {4}try +bring such memory online with online_movable next time/)
    expect(stdout).toMatch(
      /together +1\.5G of 2G can be expected to go together: 1G with PNP0C80:00 and 512M as/,
    )
  })

  it('reads a copied /sys and /proc', async () => {
    const { code, stdout } = await runCli([
      'can',
      '--sysroot',
      await writeSysroot(TWO_NODES),
      ...X86,
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(/32-33 +256M +1 +Movable +PNP0C80:00 +goes, probably/)
    expect(stdout).toMatch(/34 +128M +1 +Movable\/Normal +PNP0C80:01 +is offline already/)
  })

  it('takes the machine of a scenario', async () => {
    const path = fileURLToPath(new URL('../../../scenarios/25-ia64.yaml', import.meta.url))
    expect((await runCli(['can', path])).stdout).toContain('Blocks, each alone')
  })

  it('prints a document with --json', async () => {
    const { code, stdout } = await runCli(['can', THREE_NODES, '--json'])
    expect(code).toBe(0)
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({ version: 1, source: { kind: 'capture', path: THREE_NODES } })
    expect(document.outlook.most).toMatchObject({
      devices: ['PNP0C80:00'],
      sizeBytes: 1.5 * 2 ** 30,
    })
    expect(document.outlook.blocks[0]).toMatchObject({
      id: 0,
      prediction: { outcome: 'refuses', confidence: 'certain' },
    })
  })

  it('ends with 1 where nothing can go', async () => {
    const texts = Object.fromEntries(
      Object.entries(TWO_NODES).filter(([path]) => !/memory3\d|PNP0C80/.test(path)),
    )
    const { code, stderr } = await runCli(['can', '--sysroot', await writeSysroot(texts), ...X86])
    expect(stderr).toMatch(/^memhp: Nothing of 256M can be expected to go now\.$/m)
    expect(code).toBe(1)
  })

  it.each([
    [['can', '--policy', 'auto-movable'], /--policy says how memory comes online, and --online is/],
    [['can', '--online', '--node', '1'], /--node says where --plug plugs memory/],
    [['can', '--online', 'sideways'], /Allowed choices are offline|Allowed choices are online/],
    [['can', '--online', '--ratio', 'x'], /--ratio "x": a percentage, as 301, is expected/],
    [['can', '--online', '--plug', '0'], /--plug "0": a size, as 1G, is expected/],
    [['can', '--sysroot', '/nowhere-at-all'], /\/nowhere-at-all: No such file or directory/],
    [['can', 'a.json', '--capture', 'b.json'], /more than one source is named: a.json, b.json/],
  ])('%j is bad input', async (args, message) => {
    const { code, stderr } = await runCli(args)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('memhp can --online', () => {
  it('says in which zones offline blocks come online, by policy', async () => {
    const zone = async (...words: string[]): Promise<string | undefined> => {
      const { code, stdout } = await runCli(['can', DIMMS, '--online', ...words])
      expect(code).toBe(0)
      return /42-45 +512M +\d +(\w+)/.exec(stdout)?.[1]
    }
    expect(await zone('online_kernel')).toBe('Normal')
    expect(await zone('online_movable')).toBe('Movable')
    expect(await zone('online', '--policy', 'auto-movable', '--ratio', '0')).toBe('Normal')
  })

  it('says so of memory that is not there yet, and what the kernel brings online by itself', async () => {
    const plugged = await runCli(['can', THREE_NODES, '--online', '--plug', '1G', '--node', '1'])
    expect(plugged.stdout).toMatch(/40-47 +1G +1 +Normal/)
    const power = capture('ppc64le-radix-three-nodes')
    const { stdout } = await runCli(['can', power, '--online', 'online_movable', '--plug', '1G'])
    expect(stdout).toMatch(/12-15 +1G +0 +Normal, as the kernel brings it online by itself/)
  })

  it('prints a document with --json', async () => {
    const { stdout } = await runCli(['can', DIMMS, '--online', 'online_movable', '--json'])
    const { online } = JSON.parse(stdout)
    expect(online.wish).toEqual({ how: 'online_movable' })
    expect(online.blocks).toHaveLength(4)
    expect(online.blocks[0]).toMatchObject({ block: 42, zone: 'Movable', errno: null })
  })
})

describe('memhp rehearse without a file', () => {
  const folder = async (): Promise<string> =>
    writeCaptureSysroot(await readCaptureFile(THREE_NODES))

  it('reads a folder as it would this host', async () => {
    const sysroot = await folder()
    const args = ['rehearse', '--sysroot', sysroot, '--remove', 'PNP0C80:00', ...X86]
    const { code, stdout } = await runCli(args)
    expect(stdout).toContain(`folder    ${sysroot}`)
    expect(stdout).toContain('PNP0C80:00 can be removed: 1G')
    expect(code).toBe(0)
  })

  it('names the folder in what to try', async () => {
    const sysroot = await folder()
    const run = await runCli(['rehearse', '--sysroot', sysroot, '--remove', 'PNP0C80:09', ...X86])
    expect(run.code).toBe(2)
    expect(run.stderr).toContain(`Try: memhp show device --sysroot ${sysroot}`)
  })
})
