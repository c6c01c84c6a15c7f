import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from './run-cli'

const ROOT = join(import.meta.dirname, '../../..')
const CAPTURE = join(ROOT, 'captures/x86_64-one-node.json.gz')
const SCENARIO = join(ROOT, 'scenarios/19-linux-6.12.yaml')

describe('--kernel', () => {
  test('chooses the rules of the machine to try things on', async () => {
    const commands = 'plug d1 256M; cat /sys/devices/system/memory/memory32/state'
    const states = await Promise.all(
      ['v6.1', 'v6.12'].map(async (generation) => {
        const { stdout } = await runCli(['shell', '--kernel', generation, '-c', commands])
        return stdout.trim().split('\n').at(-1)
      }),
    )
    expect(states).toEqual(['offline', 'online'])
  })

  test('has the twin of a capture behave like another kernel, and says so', async () => {
    const { code, stderr } = await runCli([
      'show',
      'page-table',
      'block',
      '3',
      CAPTURE,
      '--kernel',
      'rfc9',
    ])
    expect(code).toBe(0)
    expect(stderr).toContain('the twin was asked to behave like rfc9.')
  })

  test('has a rehearsal show what another kernel would do', async () => {
    const { stdout } = await runCli([
      'rehearse',
      CAPTURE,
      '--remove-blocks',
      '7',
      '--kernel',
      'v6.12',
    ])
    expect(stdout).toContain('the twin was asked to behave like v6.12.')
  })

  test('that is not known is refused, with those that are', async () => {
    const { code, stderr } = await runCli(['shell', '--kernel', 'v9', '-c', 'true'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      'Unknown generation "v9". Known: rfc9, v3.10, v5.10.213, v5.10, v6.1.82, v6.1, v6.12, v6.18, v7.2, v7.3.',
    )
  })

  test('is refused for a scenario, which names its own', async () => {
    const { code, stderr } = await runCli(['shell', SCENARIO, '--kernel', 'rfc9', '-c', 'true'])
    expect(code).toBe(2)
    expect(stderr).toContain('--kernel is for twins')
  })
})
