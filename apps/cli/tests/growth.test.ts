import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runCli } from './run-cli'

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
