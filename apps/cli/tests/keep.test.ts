import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { canMount } from './can-mount'
import { TWO_NODES } from './fixture'
import { twinOf, useMountedMachine } from './mounted-machine'
import { type CliRun, runCli, spawnCli, startCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

vi.setConfig({ testTimeout: 120_000 })

const NAME = 'x86_64-dimms-zones'
const CAPTURE = fileURLToPath(new URL(`../../../captures/${NAME}.json.gz`, import.meta.url))
const MEMORY = 'sys/devices/system/memory'

const RULES = `memhp-policy: 1
settings:
  auto_online_blocks: offline
rules:
  - when: { added-by: kmem }
    zone: leave
  - zone: movable
    up-to-percent: 60
`

async function policyFile(text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'policy.yaml')
  writeFileSync(path, text)
  return path
}

describe('memhp keep', () => {
  it('says what is due on a machine that is captured, and writes nothing', async () => {
    const path = await policyFile(RULES)
    const run = await runCli(['keep', path, '--dry-run', '--capture', CAPTURE])
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('4 writes are due') })
    expect(run.stdout).toMatch(/memory42 .*PNP0C80:02 \(firmware\) +2 +online_movable +Movable, as/)
    expect(run.stdout).toMatch(/memory45 .*online_kernel +a kernel zone: Movable would be \d+ %/)
    const { stdout } = await runCli(['keep', path, '--dry-run', '--json', '--capture', CAPTURE])
    expect(JSON.parse(stdout)).toMatchObject({ decisions: [{ block: 42, rule: 1 }, {}, {}, {}] })
    const left = await policyFile('memhp-policy: 1\nat-start: leave\nrules: [{ zone: movable }]\n')
    expect(await runCli(['keep', left, '--dry-run', '--capture', CAPTURE])).toMatchObject({
      code: 0,
      stdout: 'No block is offline.\n',
    })
  })

  it.each([
    ['rules: [{ zone: movable }]', /policy\.yaml:1:1: this is not a policy/],
    ['- 1', /this is not a policy/],
    ['', /this is not a policy/],
    ['memhp-policy: 2\nrules: [{ zone: movable }]', /:1:15: memhp-policy must be 1/],
    ['memhp-policy: 1', /:1:1: rules is missing/],
    ['memhp-policy: 1\nrules: []', /:2:8: rules is empty: at least one rule is expected/],
    [
      'memhp-policy: 1\nrules:\n  - zone: movabel',
      /:3:11: rules.0.zone must be "movable" or .*"movabel" is not/,
    ],
    ['memhp-policy: 1\nrules:\n  - { zone: kernel, up-to-percent: 3 }', /“zone: movable” alone/],
    ['memhp-policy: 1\nrules:\n  - { zone: leave, when: { nod: 1 } }', /:3:\d+: .*nod/],
    [
      'memhp-policy: 1\nrules:\n  - { zone: leave, when: { at-least: 4 } }',
      /a size, as 4G; 4 is not/,
    ],
    ['memhp-policy: 1\nrules:\n  - { zone: leave, when: { node: [] } }', /or a list of such/],
    [`${RULES}changed-by-others: shout`, /"put-back" or "tell"/],
    [`${RULES}order: [`, /YAML/],
    ['a: &a [*a, *a]\nmemhp-policy: 1\nrules: *a', /./],
    [`memhp-policy: 1\nrules: ${'['.repeat(5000)}`, /YAML|nested/],
  ])('refuses %j', async (text, message) => {
    const run = await runCli(['keep', await policyFile(text), '--dry-run', '--capture', CAPTURE])
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
  })

  it('reads the policy of the README', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? []
    const path = await policyFile(text)
    expect(await runCli(['keep', path, '--dry-run', '--capture', CAPTURE])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('online_movable'),
    })
  })

  it('changes no copy, asks before it changes a machine, and is not kept from afar', async () => {
    const path = await policyFile(RULES)
    expect(await runCli(['keep', path, '--capture', CAPTURE, '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a machine that goes on'),
    })
    expect(await runCli(['keep', path])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no terminal is here to ask'),
    })
    expect(await runCli(['keep', path, '--ssh', 'x', '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('by a memhp on the machine itself'),
    })
    expect(await runCli(['keep', '/nowhere.yaml', '--once'])).toMatchObject({ code: 2 })
    expect(await runCli(['keep', path, '--once', '--yes', '--for', 'x'])).toMatchObject({ code: 2 })
  })
})

describe('memhp keep --for', () => {
  it('ends at once where it cannot go on', async () => {
    const path = await policyFile(RULES)
    const sysroot = await writeSysroot({
      ...TWO_NODES,
      '/sys/devices/system/memory/auto_online_blocks': 'online\n',
    })
    const args = ['keep', path, '--yes', '--for', '10m', '--sysroot', sysroot]
    const run = await spawnCli(args, { environment: { MEMHP_STATE_DIR: path } })
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('Not a directory') })
  })
})

interface Line {
  readonly kind: string
  readonly [field: string]: unknown
}

describe.skipIf(!canMount())('memhp keep on a machine that runs', () => {
  const machine = useMountedMachine(twinOf(NAME))
  const read = (path: string): string =>
    readFileSync(join(machine.directory, MEMORY, path), 'utf8').trim()
  const write = (path: string, text: string): void =>
    writeFileSync(join(machine.directory, MEMORY, path), text)
  const memhp = (...args: readonly string[]): Promise<CliRun> =>
    spawnCli([...args, '--sysroot', machine.directory], { environment: machine.environment })

  /** Keeps a policy while something is done. @returns its records, and its exit code */
  async function keeping(
    policy: string,
    act: (until: (wanted: (lines: readonly Line[]) => boolean) => Promise<void>) => Promise<void>,
  ): Promise<{ readonly lines: readonly Line[]; readonly code: number | null }> {
    const args = ['keep', policy, '--yes', '--json', '--interval', '100ms']
    const child = startCli([...args, '--sysroot', machine.directory], machine.environment)
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    const lines = (): readonly Line[] =>
      stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line)
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    try {
      await act((wanted) => vi.waitFor(() => expect(wanted(lines())).toBe(true), 60_000))
    } finally {
      child.kill('SIGTERM')
    }
    const code = await ended
    return { lines: lines(), code }
  }

  const isStep =
    (name: string, text: string) =>
    (lines: readonly Line[]): boolean =>
      lines.some((line) => line.kind === 'step' && line.name === name && line.text === text)

  it('brings memory online as it comes, leaves what another takes offline, and puts settings back', async () => {
    const { lines, code } = await keeping(await policyFile(RULES), async (until) => {
      await until(isStep('memory45', 'online_kernel'))
      write('memory41/state', 'offline')
      await until((all) => all.some(({ kind, block }) => kind === 'left' && block === 41))
      write('auto_online_blocks', 'online')
      await until(isStep('auto_online_blocks', 'offline'))
      const plugged = await spawnCli(['ctl', '--mount', machine.directory, 'plug', 'd9', '128M'])
      expect(plugged.code).toBe(0)
      await until((all) => all.some(({ kind, name }) => kind === 'step' && name === 'memory46'))
    })
    expect(code).toBe(0)
    expect(lines.at(-1)).toMatchObject({ kind: 'end', failed: 0 })
    expect([read('memory42/valid_zones'), read('memory44/valid_zones')]).toEqual([
      'Movable',
      'Normal',
    ])
    expect([read('memory41/state'), read('auto_online_blocks')]).toEqual(['offline', 'offline'])
    expect(lines.filter(({ kind }) => kind === 'setting')).toMatchObject([
      { name: 'auto_online_blocks', reads: 'online', wanted: 'offline', does: 'put-back' },
    ])
  })

  it('has its last writes taken back by undo', async () => {
    expect(read('memory46/state')).toBe('online')
    const undone = await memhp('undo', '--yes')
    expect(undone).toMatchObject({ code: 0, stdout: expect.stringContaining('1 change of') })
    expect(read('memory46/state')).toBe('offline')
  })

  it('does what is due once, only tells of settings where it is to, and has an end', async () => {
    const told = await policyFile(`${RULES}changed-by-others: tell\nat-start: leave\n`)
    const { lines } = await keeping(told, async (until) => {
      await until((all) => all.length > 0)
      write('auto_online_blocks', 'online')
      await until((all) => all.some(({ kind }) => kind === 'setting'))
    })
    expect(lines.filter(({ kind }) => kind === 'setting')).toMatchObject([{ does: 'tell' }])
    expect(read('auto_online_blocks')).toBe('online')
    const once = await memhp('keep', await policyFile(RULES), '--once', '--yes')
    expect(once).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/memory41 online_movable: done[\s\S]*memory46 online/),
    })
    expect(read('auto_online_blocks')).toBe('offline')
    const again = await memhp('keep', await policyFile(RULES), '--yes', '--for', '300ms')
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/end +0 changed/) })
  })
})
