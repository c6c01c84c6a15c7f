import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatScenario } from '@memhp/scenario'
import picocolors from 'picocolors'
import { describe, expect, it } from 'vitest'
import { tellBroken } from '../src/simulate/tell-broken'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

describe('memhp simulate', () => {
  it('says that every invariant held, and the same seed gives the same run', async () => {
    const args = ['simulate', '--seed', '5', '--steps', '40', '--runs', '2', '--json']
    const [first, second] = [await runCli(args), await runCli(args)]
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(first.stdout)).toMatchObject({
      version: 1,
      seed: 5,
      total: { runs: 2, steps: 80 },
    })
    expect(second.stdout).toBe(first.stdout)
  })

  it('tells in words which seeds were simulated', async () => {
    const { stdout } = await runCli(['simulate', '--seed', '5', '--steps', '20'])
    expect(stdout).toMatch(/^seed 5: 20 steps, \d+ done and \d+ refused; every invariant held\n$/)
  })

  it.each([
    ['v6.1.82', 'x86_64'],
    ['v6.12', 'ppc64le'],
  ])('draws machines with %s on %s', async (kernel, arch) => {
    const { code, stdout } = await runCli([
      'simulate',
      '--seed',
      '3',
      '--steps',
      '20',
      '--kernel',
      kernel,
      '--arch',
      arch,
    ])
    expect({ code, stdout }).toMatchObject({ code: 0 })
  })

  it('refuses an architecture that it cannot draw, and a seed that is not a number', async () => {
    expect(await runCli(['simulate', '--arch', 'vax'])).toMatchObject({ code: 2 })
    expect(await runCli(['simulate', '--seed', 'x'])).toMatchObject({ code: 2 })
  })
})

describe('a seed that breaks an invariant', () => {
  const broken = {
    kind: 'broken',
    seed: 7,
    step: 3,
    message: 'It does not hold.',
    sequence: [{ operation: { op: 'unplug', id: 'a' } }],
    scenario: 'memhp-scenario: 1\n',
  } as const

  async function told(options: { replace: boolean; json: boolean; path: string }) {
    const [out, err]: [string[], string[]] = [[], []]
    const context = {
      print: (text: string) => out.push(text),
      warn: (text: string) => err.push(text),
      paint: picocolors.createColors(false),
    }
    const thrown = await tellBroken(broken, options, context).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ message: 'seed 7 breaks an invariant', exitCode: 1 })
    return { out: out.join(''), err: err.join('') }
  }

  it('is told, and its scenario is written', async () => {
    const path = join(await temporaryFolder(), 'seed.yaml')
    const { out, err } = await told({ path, replace: false, json: false })
    expect(out).toContain(
      'BROKEN seed 7, step 3: It does not hold.\nThe shortest sequence, 1 steps:',
    )
    expect(out).toContain(`Written: ${path}`)
    expect(err).toBe('')
    expect(await readFile(path, 'utf8')).toBe(broken.scenario)
  })

  it('is told also where its scenario cannot be written', async () => {
    const path = join(await temporaryFolder(), 'seed.yaml')
    await writeFile(path, 'precious')
    const { out, err } = await told({ path, replace: false, json: false })
    expect(out).toContain('BROKEN seed 7, step 3: It does not hold.')
    expect(out).not.toContain('Written')
    expect(err).toBe(`memhp: ${path}: File exists. No scenario was written`)
    const { out: document } = await told({ path, replace: false, json: true })
    expect(JSON.parse(document)).toMatchObject({ seed: 7, step: 3, scenario: null })
    expect(await readFile(path, 'utf8')).toBe('precious')
    const replaced = await told({ path, replace: true, json: true })
    expect(JSON.parse(replaced.out)).toMatchObject({ scenario: path })
    expect(await readFile(path, 'utf8')).toBe(broken.scenario)
  })
})

describe('a scenario of drawn operations', () => {
  const machine = {
    arch: 'x86_64',
    nodes: [{ id: 0, cpus: [0] }],
    ram: [{ start: 0, end: 2 ** 30, node: 0 }],
    drivers: { acpi: { slots: 1 } },
  }
  const plug = { op: 'plug', id: 'a', mib: 128, node: 0 } as const

  it('runs them with their faults, and expects what they came to', async () => {
    const path = join(await temporaryFolder(), 'drawn.yaml')
    const write = { op: 'write', path: '/sys/devices/system/memory/memory32/state' } as const
    const text = formatScenario({
      title: 'Drawn',
      description: '',
      machine,
      steps: [
        { operation: plug },
        {
          operation: { ...write, value: 'online' },
          fault: { index: 0, errno: 'ENOMEM' },
          code: 'FAULT_INJECTED',
        },
        { operation: { ...write, value: 'online' } },
      ],
    })
    await writeFile(path, text)
    expect(await runCli(['run', path])).toMatchObject({ code: 0, stderr: '' })
    await writeFile(path, text.replace('FAULT_INJECTED', 'NO_SUCH_BLOCK'))
    expect(await runCli(['run', path])).toMatchObject({ code: 1 })
    expect(await readFile(path, 'utf8')).toContain('memhp-scenario: 1')
  })

  it('is refused where an operation is not one', async () => {
    const path = join(await temporaryFolder(), 'drawn.yaml')
    const text = formatScenario({
      title: 'x',
      description: '',
      machine,
      steps: [{ operation: plug }],
    })
    await writeFile(path, text.replace('op: plug', 'op: plugg'))
    expect(await runCli(['run', path])).toMatchObject({ code: 2 })
  })
})
