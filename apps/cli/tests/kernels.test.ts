import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

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

const CONFIG = `CONFIG_MEMORY_HOTPLUG=y
CONFIG_MEMORY_HOTREMOVE=y
# CONFIG_MHP_DEFAULT_ONLINE_TYPE_OFFLINE is not set
CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO=y
CONFIG_VIRTIO_MEM=m
# CONFIG_ACPI_HOTPLUG_MEMORY is not set
`

test('memhp kernels --options has the names that decide, of old kernels and of new ones', async () => {
  const { code, stdout } = await runCli(['kernels', '--options'])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^MEMORY_HOTPLUG_DEFAULT_ONLINE +up to 6\.1 +auto_online_blocks reads online/m,
  )
  expect(stdout).toMatch(/^MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO +6\.12 and later/m)
})

test.each([
  ['as text', (text: string) => Buffer.from(text)],
  ['packed', (text: string) => gzipSync(text)],
])('memhp kernels --config tells what a configuration means, %s', async (_, written) => {
  const path = join(await temporaryFolder(), 'config')
  writeFileSync(path, written(CONFIG))
  const { code, stdout } = await runCli(['kernels', '--config', path])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO +y +auto_online_blocks reads online at boot$/m,
  )
  expect(stdout).toMatch(
    /^ACPI_HOTPLUG_MEMORY +n +a DIMM is accepted by the hypervisor, and no memory/m,
  )
  expect(stdout).toMatch(/^VIRTIO_MEM +m +virtio-mem devices grow and shrink$/m)
  expect(stdout).toMatch(/^MEMORY_HOTPLUG_DEFAULT_ONLINE +- +this kernel has no such option/m)
  const { options } = JSON.parse((await runCli(['kernels', '--config', path, '--json'])).stdout)
  expect(options).toContainEqual(expect.objectContaining({ option: 'VIRTIO_MEM', value: 'm' }))
})

test('memhp kernels --config refuses what is not a configuration', async () => {
  const path = join(await temporaryFolder(), 'config')
  writeFileSync(path, 'nothing\n')
  expect(await runCli(['kernels', '--config', path])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not the configuration of a kernel'),
  })
  for (const args of [
    ['--config', '/nowhere'],
    ['--options', '--rules'],
    ['6.1', '--options'],
  ])
    expect(await runCli(['kernels', ...args])).toMatchObject({ code: 2 })
})
