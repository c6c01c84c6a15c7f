import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { runCli, spawnCli } from '../../tests/run-cli'
import { temporaryFolder } from '../../tests/sysroot'

// Processes start slowly where many tests share two processors.
vi.setConfig({ testTimeout: 60_000 })

const SCENARIOS = fileURLToPath(new URL('../../../../scenarios/', import.meta.url))
const PROCEDURE = join(SCENARIOS, '01-test-procedure.yaml')

const GOOD = `memhp-scenario: 1
title: Small
machine: { memory: 1G, acpi: { slots: 1, window: { start: 4G } } }
steps:
  - note: It comes.
    plug: { id: dimm1, size: 256M }
  - online: 32-33
  - offline: 99
    errno: ENOENT
`

async function scenarioFile(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'a.yaml')
  await writeFile(file, text)
  return file
}

describe('memhp run', () => {
  it.runIf(process.getuid?.() === 0)('names a folder that it may not list', async () => {
    const folder = await temporaryFolder()
    await chmod(folder, 0o700)
    const { code, stderr } = await spawnCli(['run', folder], { uid: 65_534 })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(`memhp: ${folder}: Permission denied\nTry: `),
    })
  })

  it('tells each step, its note and its outcome', async () => {
    const file = await scenarioFile(GOOD)
    const { code, stdout, stderr } = await runCli(['run', file])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(`Small (${file})

   1  plug dimm1, 256M on node 0: ok
      It comes.
   2  online 32-33: ok
   3  offline 99: ENOENT, as expected

3 steps, all as expected.

`)
  })

  it('tells uevents, log lines, platform events and changes where it is asked to', async () => {
    const file = await scenarioFile(GOOD)
    const { stdout } = await runCli(['run', file, '--events', '--log', '--changes'])
    expect(stdout).toContain('      uevent    add memory32-33\n')
    expect(stdout).toContain('      platform  ACPI_DEVICE_OST device=dimm1 slot=0')
    expect(stdout).toContain(
      '      changed   /sys/devices/system/memory/memory32/state: offline -> online\n',
    )
  })

  it('stops where it is told to', async () => {
    const { code, stdout } = await runCli(['run', await scenarioFile(GOOD), '--until', '1'])
    expect(code).toBe(0)
    expect(stdout).toContain('1 of 3 steps, all as expected.')
  })

  it('answers an expectation that failed with 1, its place, what was expected and seen', async () => {
    const file = await scenarioFile(GOOD.replace('ENOENT', 'EBUSY'))
    const { code, stdout, stderr } = await runCli(['run', file])
    expect(code).toBe(1)
    expect(stdout).toContain(`${file}:9:5: step 3: outcome:`)
    expect(stdout).toContain('3 steps, 1 not as expected.')
    expect(stderr).toBe(`memhp: not as expected: ${file} (EXPECTATION_FAILED)\n`)
  })

  it('says nothing but failures where it is quiet', async () => {
    const good = await scenarioFile(GOOD)
    expect(await runCli(['run', good, '--quiet'])).toMatchObject({ code: 0, stdout: '' })
    const bad = await scenarioFile(GOOD.replace('ENOENT', 'EBUSY'))
    const { stdout } = await runCli(['run', bad, '--quiet'])
    expect(stdout).toMatch(/^ {3}3 {2}offline 99: not as expected\n/)
  })

  it('goes on after a failure where it is told to', async () => {
    const text = `${GOOD}  - offline: 98\n  - check\n`.replace('ENOENT', 'EBUSY')
    const { stdout } = await runCli(['run', await scenarioFile(text), '--keep-going'])
    expect(stdout).toContain('5 steps, 2 not as expected.')
  })

  it('runs several and prints one document of all', async () => {
    const good = await scenarioFile(GOOD)
    const bad = await scenarioFile(GOOD.replace('ENOENT', 'EBUSY'))
    const { code, stdout } = await runCli(['run', good, bad, '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      scenarios: [
        { name: good, title: 'Small', stepCount: 3, failures: [], steps: [{ number: 1 }, {}, {}] },
        { name: bad, failures: [{ step: 3, what: 'outcome', expected: 'EBUSY' }] },
      ],
    })
  })

  it.each([
    [['--until', 'x'], 'expected the number of a step'],
    [['--frob'], "unknown option '--frob'"],
  ])('answers %j with 2', async (flags, message) => {
    const { code, stderr } = await runCli(['run', await scenarioFile(GOOD), ...flags])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('answers a bad scenario with 2 and its place, before any of them runs', async () => {
    const bad = await scenarioFile(GOOD.replace('plug:', 'plugg:'))
    const { code, stdout, stderr } = await runCli(['run', await scenarioFile(GOOD), bad])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`${bad}:6:5: unknown action "plugg"; did you mean "plug"?`)
  })

  it('answers a file that is not there with 2', async () => {
    const { code, stderr } = await runCli(['run', 'no-such.yaml'])
    expect(code).toBe(2)
    expect(stderr).toContain('no-such.yaml: No such file or directory')
  })

  it('finds a capture beside the scenario', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'a.yaml')
    const head = 'memhp-scenario: 1\ntitle: Twin\n'
    await writeFile(file, `${head}machine: { capture: hosts/one.json.gz }\nsteps: [check]\n`)
    await mkdir(join(folder, 'hosts'))
    const captures = fileURLToPath(new URL('../../../../captures/', import.meta.url))
    const [name = ''] = (await readdir(captures)).filter((entry) => entry.endsWith('.json.gz'))
    await writeFile(join(folder, 'hosts', 'one.json.gz'), await readFile(join(captures, name)))
    expect(await runCli(['run', file])).toMatchObject({ code: 0 })
  })
})

describe('the process', () => {
  it('runs the test procedure of the series', async () => {
    const run = await spawnCli(['run', PROCEDURE, '--quiet'])
    expect(run).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

describe('memhp run on a folder', () => {
  it('runs the scenarios in it, by name', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'b.yaml'), GOOD)
    await writeFile(join(folder, 'a.yaml'), GOOD.replace('Small', 'First'))
    await writeFile(join(folder, 'notes.txt'), 'x')
    const { code, stdout } = await runCli(['run', folder])
    expect(code).toBe(0)
    expect(stdout.match(/^\w+ \(.*\)$/gm)?.map((line) => line.split(' ')[0])).toEqual([
      'First',
      'Small',
    ])
  })

  it('refuses one without any, and a step that a scenario has not', async () => {
    const folder = await temporaryFolder()
    expect((await runCli(['run', folder])).stderr).toContain(`${folder} holds no scenario`)
    const { code, stderr } = await runCli(['run', PROCEDURE, '--until', '999'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/--until 999: .* has \d+ steps\nTry: --until \d+/)
  })
})

describe('memhp run --kernels', () => {
  it('tells side by side what kernels make of each step, and expects nothing', async () => {
    const file = await scenarioFile(GOOD)
    const { code, stdout } = await runCli(['run', file, '--kernels', 'v6.1', 'v6.1.82', 'v7.3'])
    expect(code).toBe(0)
    expect(stdout).toContain(
      [
        '   2  online 32-33',
        '      v6.1 v6.1.82: ok',
        '        uevent    online memory32-33',
        '      v7.3: EINVAL',
      ].join('\n'),
    )
    expect(stdout).toContain('   3  offline 99\n      all: ENOENT')
  })

  it('as JSON, on every kernel', async () => {
    const { stdout } = await runCli([
      'run',
      PROCEDURE,
      '--kernels',
      'all',
      '--until',
      '1',
      '--json',
    ])
    const { scenarios } = JSON.parse(stdout) as {
      readonly scenarios: readonly {
        readonly steps: readonly {
          readonly stories: readonly { readonly kernels: readonly string[] }[]
        }[]
      }[]
    }
    const kernels = scenarios[0]?.steps[0]?.stories.flatMap((story) => story.kernels)
    expect(kernels?.length).toBeGreaterThanOrEqual(10)
  })

  it('refuses a kernel that is unknown, with those there are', async () => {
    const { code, stderr } = await runCli(['run', PROCEDURE, '--kernels', 'v9.9'])
    expect(code).toBe(2)
    expect(stderr).toContain('v9.9')
    expect(stderr).toContain('Try: kernels are rfc9, v3.10')
  })
})
