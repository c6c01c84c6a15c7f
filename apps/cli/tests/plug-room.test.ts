import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runCli } from './run-cli'

const CAPTURE = fileURLToPath(
  new URL('../../../captures/x86_64-dimms-zones.json.gz', import.meta.url),
)
const plug = (size: string, ...flags: readonly string[]) =>
  runCli(['can', CAPTURE, '--online', 'online_movable', '--plug', size, ...flags])

it('tells what struct pages of added memory take, and how much can be added at once', async () => {
  const { stdout } = await plug('1G')
  expect(stdout).toMatch(/cost +16M for 1G, out of kernel zones, where 1\.2G is free above the/)
  expect(stdout).toMatch(/most +78\.4G at once\n/)
  expect((await plug('120G')).stdout).toContain('120G needs 2 steps or more')
  const { online } = JSON.parse((await plug('1G', '--json')).stdout)
  expect(online.room.costPerByte).toBe(1 / 64)
  expect(online.room.largestBytes % (128 * 2 ** 20)).toBe(0)
})
