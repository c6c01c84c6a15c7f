import { writeFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { canMount } from './can-mount'
import { useMountedMachine } from './mounted-machine'
import { runCli, spawnCli } from './run-cli'

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
    const file = await machine.plan('memory32')
    const apply = await spawnCli(['apply', file, ...on, '--yes'], { environment })
    expect(apply).toMatchObject({ code: 0 })
    const undo = await spawnCli(['undo', ...on, '--yes'], { environment })
    expect(undo.code).not.toBe(0)
    expect(undo.stdout + undo.stderr).toMatch(/with EHWPOISON: .*Memory page has hardware error/)
    const chmem = await runCli(['chmem', '-e', '-b', '32', ...on])
    expect(chmem.stderr).toContain('Memory page has hardware error')
  })
})
