import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { journalText, offlineStep } from './journal-text'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

const EJECT = {
  kind: 'remove',
  name: 'PNP0C80:01',
  verb: 'eject',
  devices: ['PNP0C80:01'],
  path: '/sys/bus/acpi/devices/PNP0C80:01/eject',
  text: '1',
  blocks: [33],
  ranges: [],
  undo: null,
}

const STILL_LISTED = {
  kind: 'inconsistent',
  found: [{ kind: 'iomem-still-listed', path: '/proc/iomem', message: 'It lists it.' }],
}

/** A journal of a run that took memory32 offline and ejected memory33, whose ejection ended as told. */
async function journalOf(ejected: object): Promise<string> {
  const before = { state: 'online', zone: 'Movable' }
  const undo = (block: number): object => ({
    path: `/sys/devices/system/memory/memory${block}/state`,
    text: 'online_movable',
  })
  const taken = (block: number): object => ({
    before,
    result: { kind: 'done' },
    undo: undo(block),
  })
  const text = journalText({
    path: '/nowhere',
    machine: 'a machine',
    startedAt: '2026-01-01T00:00:00Z',
    steps: [offlineStep(32), offlineStep(33), EJECT],
    results: [taken(32), taken(33), { before: null, result: ejected, undo: null }],
    outcome: 'inconsistent',
  })
  const path = join(await temporaryFolder(), 'journal.jsonl')
  writeFileSync(path, text)
  return path
}

describe('memhp undo --dry-run', () => {
  it.each([
    ['as it should', { kind: 'done' }],
    ['and iomem lists it still', STILL_LISTED],
  ])('tells of a device that is gone %s, and leaves its blocks out', async (_, result) => {
    const { code, stdout } = await runCli(['undo', await journalOf(result), '--dry-run'])
    expect(code).toBe(0)
    expect(stdout).toBe(
      '  memory32: online_movable\n  PNP0C80:01 is removed: only its firmware or hypervisor can plug it again.\n',
    )
  })

  it('prints JSON where that is asked for, also where nothing is left', async () => {
    const path = await journalOf({ kind: 'done' })
    const json = async (...flags: string[]): Promise<unknown> =>
      JSON.parse((await runCli(['undo', path, '--json', ...flags])).stdout)
    expect(await json('--dry-run')).toMatchObject({
      version: 1,
      dryRun: true,
      machine: 'a machine',
      journal: path,
      pending: null,
      writes: [{ path: '/sys/devices/system/memory/memory32/state', text: 'online_movable' }],
      leftovers: [expect.stringContaining('PNP0C80:01 is removed')],
    })
    const [plan = ''] = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, `${plan}\n`)
    expect(await json('--dry-run')).toMatchObject({ writes: [], leftovers: [] })
    expect(await json()).toMatchObject({ version: 1, undone: [], leftovers: [] })
  })

  it('tells of a step in the midst of which memhp was killed', async () => {
    const path = await journalOf({ kind: 'done' })
    const [plan = '', first = ''] = readFileSync(path, 'utf8').split('\n')
    const { index, step, before } = JSON.parse(first).entry
    writeFileSync(path, `${plan}\n${JSON.stringify({ kind: 'step', index, step, before })}\n`)
    expect(await runCli(['undo', path, '--dry-run'])).toEqual({
      code: 0,
      stdout: '  memory32 goes offline: it had begun, and is taken back where it was done\n',
      stderr: '',
    })
  })

  it('says why nothing is left where the last run removed a device', async () => {
    const folder = await temporaryFolder()
    mkdirSync(join(folder, 'journals'))
    const text = journalText({
      path: folder,
      machine: 'a machine',
      startedAt: '2026-01-01T00:00:00Z',
      steps: [EJECT],
      results: [{ before: null, result: { kind: 'done' }, undo: null }],
      outcome: 'done',
    })
    writeFileSync(join(folder, 'journals/1.jsonl'), text)
    const environment = { MEMHP_STATE_DIR: folder }
    const { code, stderr } = await runCli(['undo', '--sysroot', folder], { environment })
    expect(code).toBe(1)
    expect(stderr).toContain('is left to be taken back: PNP0C80:01 is removed: only its firmware')
  })

  it('brings every block back of a device that did not go', async () => {
    const there = { kind: 'block-still-there', path: '/sys', message: 'It is there.' }
    const result = { kind: 'inconsistent', found: [there] }
    const { stdout } = await runCli(['undo', await journalOf(result), '--dry-run'])
    expect(stdout).toBe('  memory33: online_movable\n  memory32: online_movable\n')
  })

  it.each([
    ['null', 'journal: line 2: is not a line of a journal (BAD_ARGUMENT)'],
    ['{"kind":"result"}', 'journal: line 2: entry is missing. (BAD_ARGUMENT)'],
  ])('refuses a journal with a line %s', async (line, message) => {
    const path = await journalOf({ kind: 'done' })
    const [first = ''] = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, `${first}\n${line}\n`)
    for (const words of [
      ['undo', path],
      ['apply', '--resume', path],
    ])
      expect(await runCli(words)).toEqual({
        code: 2,
        stdout: '',
        stderr: `memhp: ${path}: ${message}\n`,
      })
  })

  it.each([
    'null',
    '{"kind":"capture","path":"/"}',
    '{"kind":"folder"}',
    '{"kind":"ssh","host":"a","command":"nc","monitor":null}',
  ])('refuses a journal of a machine that is reached by %s', async (target) => {
    const path = await journalOf({ kind: 'done' })
    const cutShort = readFileSync(path, 'utf8').replace(/.*"kind":"end".*\n$/, '')
    writeFileSync(path, cutShort.replace('{"kind":"folder","path":"/nowhere"}', target))
    const stderr = `memhp: ${path} does not say which machine it is of\n`
    for (const words of [
      ['undo', path],
      ['apply', '--resume', path],
    ])
      expect(await runCli(words)).toEqual({ code: 2, stdout: '', stderr })
  })
})
