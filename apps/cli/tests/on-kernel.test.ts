import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PlanFile } from '@memhp/planner'
import { parsePlanFile } from '@memhp/planner'
import { describe, expect, it, vi } from 'vitest'
import { shapeOf } from '../src/on-kernel/shape'
import { runCli, spawnCli } from './run-cli'
import { temporaryFolder } from './sysroot'

vi.setConfig({ testTimeout: 240_000 })

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))

async function planText(name: string, goal: string): Promise<string> {
  const { stdout } = await runCli(['plan', goal, '--capture', capture(name), '-o', '-'])
  return stdout
}

const planOf = async (name: string, goal: string): Promise<PlanFile> =>
  parsePlanFile(await planText(name, goal))

describe('the guest that a plan is tried on', () => {
  it('has a DIMM for each device of the plan, a node for each, and the kernel’s version', async () => {
    const shape = shapeOf(await planOf('x86_64-three-nodes', 'PNP0C80:00'))
    expect(shape).toMatchObject({ machine: 'x86_64', blockMib: 128, version: '6.1', movable: 0 })
    expect(shape.boot).toHaveLength(3)
    expect(shape.dimms).toMatchObject([{ node: 2, goes: true }])
    expect(shape.dimms[0]?.blocks.map(({ id }) => id)).toEqual([32, 33, 34, 35, 36, 37, 38, 39])
    expect(shape.dimms[0]?.blocks.every(({ word }) => word === 'online_movable')).toBe(true)
  })

  it('has boot memory for blocks of it, those of the plan last', async () => {
    const shape = shapeOf(await planOf('x86_64-three-nodes', 'memory5'))
    const [, second] = shape.boot
    expect(second?.at(-1)).toMatchObject({ id: 5, word: 'online_kernel' })
    expect(shape.dimms).toEqual([])
  })

  it('is refused where no guest is like the host', async () => {
    const file = await planOf('x86_64-three-nodes', 'memory5')
    const strange = { ...file, state: { ...file.state, arch: 'ia64' } }
    expect(() => shapeOf(strange)).toThrow(/no guest of ia64/)
    const folder = await temporaryFolder()
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(strange))
    expect(await runCli(['rehearse', join(folder, 'plan.json'), '--on-kernel'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no guest of ia64 stands for the host'),
    })
    expect(await runCli(['rehearse', '--on-kernel'])).toMatchObject({ code: 2 })
  })
})

const isAskedFor = process.env.MEMHP_GUESTS === '1'
const suffix = isAskedFor ? '' : ' — SKIPPED: set MEMHP_GUESTS=1 to boot guests'

describe.skipIf(!isAskedFor)(`memhp rehearse --on-kernel${suffix}`, () => {
  it.each([
    ['x86_64-three-nodes', 'PNP0C80:00', 9],
    ['ppc64le-radix-three-nodes', 'memory4', 2],
  ])('carries a plan of %s out on a real kernel', async (name, goal, steps) => {
    const folder = await temporaryFolder()
    const file = join(folder, 'plan.json')
    writeFileSync(file, await planText(name, goal))
    const run = await spawnCli(['rehearse', file, '--on-kernel'])
    expect(run.stderr).toContain(`[${steps}/${steps}]`)
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('the machine agrees') })
  })
})
