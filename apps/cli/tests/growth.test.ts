import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { gapText } from '../src/report/gaps'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

const CAPTURE = fileURLToPath(
  new URL('../../../captures/x86_64-three-nodes.json.gz', import.meta.url),
)
const grow = (...args: readonly string[]) => runCli(['can', CAPTURE, ...args])

it('tells with what QEMU is to be started, so that a machine can have a size', async () => {
  const { code, stdout } = await grow('--grow-to', '64G', '--dimm', '4G')
  expect(code).toBe(0)
  expect(stdout).toMatch(/qemu +-m \d+[GM],slots=16,maxmem=\d+[GM]\n/)
  expect(stdout).toContain('16 DIMMs of 4G')
  expect(stdout).toMatch(/processor +37 bits of addresses/)
  const { growth } = JSON.parse((await grow('--grow-to', '64G', '--json')).stdout)
  expect(growth).toMatchObject({ dimms: 32, slots: 32, dimmBytes: 2 ** 31 })
})

it.each([
  [['--dimm', '4G'], /--dimm says in what size/],
  [['--grow-to', '64X'], /--grow-to "64X": a size/],
  [['--grow-to', '64G', '--dimm', '100M'], /is not a multiple of 128M/],
  [['--grow-to', '1G'], /as much memory at boot/],
  [['--grow-to', '64G', '--online'], /name one of them/],
])('refuses %j', async (flags, message) => {
  const run = await grow(...flags)
  expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
})

/** A machine of whose three devices the middle one has gone. */
async function machineWithGap(size: string): Promise<string> {
  const path = join(await temporaryFolder(), 'gap.yaml')
  writeFileSync(
    path,
    `memhp-scenario: 1
title: A gap
machine: { memory: 2G, cmdline: memhp_default_state=online_movable }
steps:
  - plug: { id: d1, size: 512M }
  - plug: { id: d2, size: ${size} }
  - plug: { id: d3, size: 512M }
  - unplug: d2
`,
  )
  return path
}

it.each([
  [
    '1G',
    '1G',
    /gaps +0x[\da-f]+-0x[\da-f]+, 1G between PNP0C80:00 and PNP0C80:02:\s+room\s+for\s+1\s+DIMM/,
  ],
  ['1G', '512M', /room\s+for\s+2\s+DIMMs\s+of\s+512M/],
  ['512M', '1G', /too\s+small\s+for\s+a\s+DIMM\s+of\s+1G/],
])('tells of a gap of %s, and whether a DIMM of %s fits into it', async (gap, dimm, text) => {
  const path = await machineWithGap(gap)
  const { stdout } = await runCli(['can', path, '--grow-to', '16G', '--dimm', dimm])
  expect(stdout).toMatch(text)
  const { growth } = JSON.parse(
    (await runCli(['can', path, '--grow-to', '16G', '--dimm', dimm, '--json'])).stdout,
  )
  expect(growth.gaps).toMatchObject([{ below: 'PNP0C80:00', above: 'PNP0C80:02' }])
})

it('tells of none where devices lie side by side, and of what is in no whole block', async () => {
  const { growth } = JSON.parse((await grow('--grow-to', '64G', '--json')).stdout)
  expect(growth.gaps).toEqual([])
  const gap = { start: 2 ** 32, end: 2 ** 32 + 3 * 2 ** 26, below: 'a', above: 'b' }
  expect(gapText({ ...gap, usableBytes: 2 ** 27 }, 2 ** 27)).toContain(
    'room for 1 DIMM of 128M, 64M of it in no whole block',
  )
})
