import { describe, expect, it, vi } from 'vitest'
import { DEFAULT_ARCHS } from '../../src/shell/default-machine'
import { runCli } from '../run-cli'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

describe('the machine of a shell that is given none', () => {
  it.each(DEFAULT_ARCHS)('takes a DIMM on %s, or says why nothing can be plugged', async (arch) => {
    const { code, stderr } = await runCli(['shell', '--arch', arch, '-c', 'plug a 1G'])
    if (code === 0) return
    expect(stderr).toMatch(
      /^plug: (?:Nothing can be plugged into this machine: |Driver \w+ has no platform: )/,
    )
    expect(stderr).not.toContain('..')
    if (arch === 'sparc64' || arch === 'tile')
      expect(stderr).toContain(`${arch} cannot add memory: `)
  })

  it.each([
    [['--arch', 'ia64', '--kernel', 'v7.2'], /^memhp: --kernel: v7\.2 has no ia64/],
    [['--kernel', 'v9'], /^memhp: .*"v9".*v6\.1/],
    [['--defect', 'D99'], /^memhp: --defect: "D99"/],
  ])('is refused by its flags, for no scenario was given: %j', async (flags, words) => {
    const { code, stderr } = await runCli(['shell', ...flags, '-c', 'true'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(words) })
    expect(stderr).not.toMatch(/:\d+:\d+:|SCENARIO/)
  })

  it('shows its counts of memory among the other lines that its kernel prints', async () => {
    const { stdout } = await runCli([
      ...['shell', '--kernel', 'v7.3', '-c'],
      'cat /proc/meminfo; cat /sys/devices/system/node/node0/meminfo; cat /proc/zoneinfo',
    ])
    for (const line of ['MemAvailable:    2039296 kB', 'Balloon:               0 kB'])
      expect(stdout.split('\n')).toContain(line)
    expect(stdout).toMatch(/^Node 0 FilePages: +0 kB$/m)
    expect(stdout).toMatch(/^ +promo +0$/m)
    const { stdout: old } = await runCli(['shell', '--kernel', 'v6.1', '-c', 'cat /proc/zoneinfo'])
    expect(old).not.toMatch(/^ +promo /m)
  })

  it('is told of in the help with every architecture', async () => {
    const { stdout } = await runCli(['shell', '--help'])
    for (const arch of DEFAULT_ARCHS) expect(stdout).toMatch(new RegExp(`^.*\\b${arch}\\b`, 'm'))
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(130)
  })
})
