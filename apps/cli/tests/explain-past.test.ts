import { realpathSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { journalText, offlineStep } from './journal-text'
import { runCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

/** A journal of a run on a folder, in which a block did not go. */
function journalOf(
  path: string,
  { at, block }: { readonly at: string; readonly block: number },
): string {
  const refused = {
    kind: 'refused',
    errno: 'EBUSY',
    code: 'NOT_WRITABLE',
    message: 'Device or resource busy',
    detail: {},
  }
  return journalText({
    path,
    startedAt: at,
    steps: [offlineStep(block)],
    results: [{ before: null, result: refused, undo: null }],
    outcome: 'refused',
  })
}

describe('memhp explain', () => {
  it('tells of a block that failed before, when, why, and how often', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const state = await temporaryFolder()
    const journals = join(state, 'journals')
    await mkdir(journals)
    const path = realpathSync(sysroot)
    const write = (name: string, text: string): Promise<void> =>
      writeFile(join(journals, name), text)
    await write('1.jsonl', journalOf(path, { at: '2026-01-01T00:00:00Z', block: 1 }))
    await write('2.jsonl', journalOf(path, { at: '2026-01-02T00:00:00Z', block: 1 }))
    await write('3.jsonl', journalOf(path, { at: '2026-01-03T00:00:00Z', block: 2 }))
    await write('4.jsonl', journalOf('/elsewhere', { at: '2026-01-04T00:00:00Z', block: 1 }))
    await write('5.jsonl', 'damaged\n')
    const explain = (block: string) =>
      runCli(['explain', block, '--arch', 'x86_64', '--sysroot', sysroot, '--json'], {
        environment: { MEMHP_STATE_DIR: state },
      })
    const { stdout } = await explain('memory1')
    const [told] = JSON.parse(stdout).explanations
    expect(told.verdict).toContain(
      'It failed 2 times before, last on 2026-01-02T00:00:00Z (refused with EBUSY: Device or resource busy).',
    )
    const own = told.evidence.filter(({ from }: { from: string }) => from.includes('jsonl'))
    expect(own.map(({ from }: { from: string }) => from)).toEqual([
      join(journals, '2.jsonl'),
      join(journals, '1.jsonl'),
    ])
    expect((await explain('memory0')).stdout).not.toContain('before, last on')
  })
})
