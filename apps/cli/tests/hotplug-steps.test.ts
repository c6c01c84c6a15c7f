// The steps of a hot-plug test, as they ran in the guests of the transcripts, on machines of the oldest and the newest kernel.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { canMount } from './can-mount'
import { MEMHP, spawnCli } from './run-cli'

vi.setConfig({ testTimeout: 120_000 })

const STEPS = readFileSync(
  fileURLToPath(new URL('../../../recordings/transcripts/steps.sh', import.meta.url)),
  'utf8',
)

/** What the steps tell where added blocks come online, and as many go as they ask for, and come back. */
const told = (added: number, blocks: number): readonly string[] => [
  '== all online',
  `online: ${added} took it, 0 refused`,
  'offline now: 0',
  '== 10 of 100 offline',
  '== and online again',
  `online: ${blocks} took it, 0 refused`,
  '== a notifier refuses to let memory come',
  `offline: ${blocks} took it, 0 refused`,
  `online: ${blocks} took it, 0 refused`,
  '== a notifier refuses to let memory go',
  `offline: ${blocks} took it, 0 refused`,
  `online: ${blocks} took it, 0 refused`,
]

/** Boot memory of arm64 stays, so that a DIMM of four blocks is plugged first. */
const PLUG = `${MEMHP} ctl plug d1 512M >/dev/null\n`

describe.skipIf(!canMount())('the steps of a hot-plug test', () => {
  it.each([
    ['x86_64', 'rfc9', 0, 2, ''],
    ['x86_64', 'v7.3', 0, 2, ''],
    ['ppc64le', 'rfc9', 0, 1, ''],
    ['ppc64le', 'v7.3', 0, 1, ''],
    ['s390x', 'v6.1', 4, 2, ''],
    ['s390x', 'v7.3', 0, 2, ''],
    ['aarch64', 'v6.1', 4, 2, PLUG],
    ['aarch64', 'v7.3', 0, 2, PLUG],
  ])('come to what they ask for on %s with %s', async (arch, kernel, added, blocks, before) => {
    const words = ['exec', arch, '--kernel', kernel, '--', 'sh', '-c', before + STEPS]
    const { code, stdout } = await spawnCli(words)
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines.filter((line) => /^==|took it|now:/.test(line))).toEqual(told(added, blocks))
    const count = (what: RegExp): number => lines.filter((line) => what.test(line)).length
    expect(count(/^memory\d+ is offline/)).toBe(blocks)
    expect(count(/I\/O error$/)).toBe(blocks)
    expect(count(/Device or resource busy$/)).toBe(blocks)
  })
})
