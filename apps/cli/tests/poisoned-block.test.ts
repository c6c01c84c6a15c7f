import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { canMount } from './can-mount'
import { useMountedMachine } from './mounted-machine'
import { runCli, spawnCli } from './run-cli'
import { temporaryFolder } from './sysroot'

vi.setConfig({ testTimeout: 180_000 })

describe.skipIf(!canMount())('a block with a hardware error, on Linux 6.12', () => {
  const machine = useMountedMachine(['x86_64', '--kernel', 'v6.12'])
  const on = ['--sysroot', machine.directory]
  const { environment } = machine

  it('does not come back, and the refusal has its name', async () => {
    const memory = `${machine.directory}/sys/devices/system/memory`
    writeFileSync(`${memory}/auto_online_blocks`, 'online_movable')
    for (const words of [
      ['plug', 'd1', '1G'],
      ['poison', '32'],
    ])
      expect(await runCli(['ctl', '--mount', machine.directory, ...words])).toMatchObject({
        code: 0,
      })
    const capture = join(await temporaryFolder(), 'host.json.gz')
    expect(await runCli(['capture', ...on, '-o', capture])).toMatchObject({ code: 0 })
    expect((await runCli(['list', capture])).stdout).toContain(
      'With hardware errors: 4K in memory32\n',
    )
    const planned = await runCli(['plan', 'poisoned', ...on, '--json'])
    expect(JSON.parse(planned.stdout).plan.goal).toEqual({ kind: 'blocks', blocks: [32] })
    const file = await machine.plan('poisoned')
    const apply = await spawnCli(['apply', file, ...on, '--yes'], { environment })
    expect(apply).toMatchObject({ code: 0 })
    const undo = await spawnCli(['undo', ...on, '--yes'], { environment })
    expect(undo.code).not.toBe(0)
    expect(undo.stdout + undo.stderr).toMatch(/with EHWPOISON: .*Memory page has hardware error/)
    const chmem = await runCli(['chmem', '-e', '-b', '32', ...on])
    expect(chmem.stderr).toContain('Memory page has hardware error')
  })
})
