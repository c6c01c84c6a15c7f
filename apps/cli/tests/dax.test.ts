// A dax device is named as what is to go: its blocks are taken offline first, and then kmem from it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { runCli } from './run-cli'

const folder = mkdtempSync(join(tmpdir(), 'memhp-dax-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A scenario whose machine has a dax device of four blocks, after some steps. */
function scenario(kernel: string, steps: string): string {
  const path = join(folder, `${kernel}-${steps.length}.yaml`)
  writeFileSync(
    path,
    `memhp-scenario: 1
title: A dax device
machine:
  memory: 2G
  possible-nodes: 0-1
  kernel: ${kernel}
  cmdline: memhp_default_state=online_movable
  drivers:
    dax-kmem: { regions: [{ start: 4294967296, sizeBytes: 536870912, node: 1, driver: kmem }] }
steps: [${steps}check]
`,
  )
  return path
}

describe.each(['v6.1', 'v6.12', 'v7.3'])('a dax device of %s', (kernel) => {
  test('can be removed, with its node', async () => {
    const { code, stdout } = await runCli(['rehearse', scenario(kernel, ''), '--remove', 'dax0.0'])
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'dax0.0 can be removed: 512M, and node 1 with it.',
    )
    expect(stdout).toMatch(/5 +dax0\.0 remove +done +4 blocks gone/)
    expect(stdout).toMatch(/device +dax0\.0 +kmem +no driver/)
    expect(stdout).toMatch(/sum +it balances/)
    expect(code).toBe(0)
  })

  test('that is stuck cannot be asked for', async () => {
    const path = scenario(kernel, '{ offline: 32 }, { eject: dax0.0 }, ')
    const { code, stderr } = await runCli(['rehearse', path, '--remove', 'dax0.0'])
    expect(stderr).toContain('dax0.0 cannot be removed')
    expect(code).toBe(1)
  })
})

test('list names the device of each block', async () => {
  const { stdout } = await runCli(['list', '--scenario', scenario('v7.3', '')])
  expect(stdout).toMatch(/512M +online +Movable +1 +32-35 +dax0\.0/)
})
