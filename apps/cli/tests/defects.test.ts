import { expect, test } from 'vitest'
import { runCli } from './run-cli'

const scenario = (id: string): string =>
  new URL(`../../../scenarios/defects/${id}.yaml`, import.meta.url).pathname

test('memhp run shows the harm of a defect, and with --cured what it is without', async () => {
  for (const flags of [[], ['--cured']]) {
    const { code, stdout } = await runCli(['run', scenario('D6'), ...flags])
    expect(code).toBe(0)
    expect(stdout).toContain('all as expected')
    expect(stdout.includes('EFAULT, as expected')).toBe(flags.length === 0)
  }
})

test('memhp run --defect adds a defect, one that the kernel can have', async () => {
  const { code, stdout } = await runCli(['run', scenario('D5'), '--defect', 'D6', 'D7'])
  expect(code, stdout).toBe(0)
  const { code: refused, stderr } = await runCli(['run', scenario('D5'), '--defect', 'D19'])
  expect(refused).toBe(2)
  expect(stderr).toContain('D19 is a defect of v3.10, and the kernel is rfc9')
})

test('memhp shell --defect opens a machine that has it', async () => {
  const commands = ['plug d1 256M', 'unplug d1', 'cat /sys/devices/system/memory/memory32/state']
  const flags = ['--kernel', 'rfc9', '-c', commands.join('; ')]
  const { stdout } = await runCli(['shell', ...flags, '--defect', 'D1'])
  expect(stdout).toContain('offline')
  expect((await runCli(['shell', ...flags])).stdout).not.toContain('offline')
})
