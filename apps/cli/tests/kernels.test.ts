import { expect, test } from 'vitest'
import { runCli } from './run-cli'

test('memhp kernels has a row for each change, and says what was not looked at', async () => {
  const { code, stdout } = await runCli(['kernels'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^CHANGE +6\.12\.107 +6\.12\.117 +6\.16\.12 .*7\.3\.4$/m)
  expect(stdout).toMatch(/^node-before-blocks( +\(?no\)?)+( +\(?yes\)?)+$/m)
  expect(stdout).toContain('In brackets')
})

test('memhp kernels RELEASE tells what is taken for it, and what is assumed', async () => {
  const { stdout } = await runCli(['kernels', '6.14.6'])
  expect(stdout).toContain('6.14.6 comes nearest to v6.12: Linux 6.12.117')
  expect(stdout).toMatch(/^default-offline +all +no, as on 6\.12\.117$/m)
  const { kernels, changes } = JSON.parse((await runCli(['kernels', '--json'])).stdout)
  expect(changes[0].on).toHaveLength(kernels.length)
  expect(JSON.parse((await runCli(['kernels', '--json', '3.10.108'])).stdout)).toMatchObject({
    generation: 'v3.10',
    match: 'same',
    assumed: [],
  })
})

test('memhp kernels refuses what is not a release', async () => {
  const { code, stderr } = await runCli(['kernels', 'new'])
  expect(code).toBe(2)
  expect(stderr).toContain('"new" is not a release of a kernel')
})
