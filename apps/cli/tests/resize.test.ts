import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

/** A scenario's machine with a device of 512 MiB in Movable, or in a kernel zone with kernel memory in it. */
async function machine(how: 'online_movable' | 'online_kernel'): Promise<readonly string[]> {
  const path = join(await temporaryFolder(), 'machine.yaml')
  const kernel =
    how === 'online_kernel' ? '  - fill: { name: k, size: 4M, node: 0, as: kernel }\n' : ''
  writeFileSync(
    path,
    `memhp-scenario: 1
title: A device that grows and shrinks
machine:
  memory: 2G
  cmdline: memhp_default_state=${how}
  drivers: { virtio-mem: { devices: [{ id: vm0, maxBytes: 4294967296 }] } }
steps:
  - resize: { id: vm0, size: 512M }
${kernel}`,
  )
  return ['--scenario', path]
}

async function planned(goal: string, from: readonly string[]): Promise<readonly string[]> {
  const file = join(await temporaryFolder(), 'plan.json')
  const run = await runCli(['plan', goal, ...from, '-o', file])
  expect(run).toMatchObject({ code: 0 })
  return [file, ...from]
}

describe('another size of a device of the model', () => {
  it('is planned and carried out', async () => {
    const from = await machine('online_movable')
    const { stdout } = await runCli(['plan', 'virtio0=128M', ...from])
    expect(stdout).toMatch(/size +virtio0: 512M → 128M, probably memory33-35/)
    expect(stdout).toMatch(/1 {2}virtio0 to 128M/)
    expect(stdout).toMatch(/virtio0 to give 384M back: expected to go\.\n$/)
    const run = await runCli(['apply', ...(await planned('virtio0=128M', from))])
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('it has 128M, and had 512M'),
    })
    const grown = await runCli(['apply', ...(await planned('virtio0=1G', from))])
    expect(grown).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('it has 1G, and had 512M'),
    })
  })

  it('is shown, and not kept, where a part of it is expected to stay', async () => {
    const from = await machine('online_kernel')
    const file = join(await temporaryFolder(), 'plan.json')
    const { code, stdout, stderr } = await runCli(['plan', 'virtio0=0', ...from, '-o', file])
    expect(code).toBe(1)
    expect(stdout).toMatch(/Up to 128M of what virtio0 is to give\s+back is\s+expected\s+to stay/)
    expect(stderr).toContain('No plan was written')
  })

  it.each([
    ['virtio0=', /not a device and the size/],
    ['=1G', /not a device and the size/],
    ['virtio0=12', /not a device and the size/],
    ['virtio0=512M 1G', /not a device and the size/],
    ['virtio7=512M', /There is no device "virtio7" whose memory grows and shrinks/],
  ])('refuses %j', async (words, message) => {
    const from = await machine('online_movable')
    const run = await runCli(['plan', ...words.split(' '), ...from])
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })

  it('is not carried out where no hypervisor is named', async () => {
    const { stdout } = await runCli([
      'plan',
      'virtio0=128M',
      ...(await machine('online_movable')),
      '--json',
    ])
    expect(JSON.parse(stdout).plan.steps).toMatchObject([
      { kind: 'resize', fromBytes: 2 ** 29, toBytes: 2 ** 27 },
    ])
  })
})
