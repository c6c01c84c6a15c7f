import { spawn } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sampleOf } from '../../../tests/thorough'
import { openLocal } from '../src/apply/local-target'
import { createContext } from '../src/context'
import { canMount } from './can-mount'
import { TWO_NODES } from './fixture'
import { atLine } from './journal-lines'
import { twinOf, useMountedMachine } from './mounted-machine'
import { MEMHP, PRESSED, runCli, spawnCli, startCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

vi.setConfig({ testTimeout: 180_000 })

const NAME = 'x86_64-dimms-zones'
const capture = fileURLToPath(new URL(`../../../captures/${NAME}.json.gz`, import.meta.url))

/** Movable blocks, a part of a DIMM: they go, and come back. */
const GOAL = ['memory36-37']

describe.skipIf(!canMount())('memhp apply on a mounted machine', () => {
  const machine = useMountedMachine(twinOf(NAME))
  const { environment } = machine
  const journals = join(machine.folder, 'state/journals')
  const options = { environment }
  const on = ['--sysroot', machine.directory]
  const apply = (...args: string[]) => runCli(['apply', ...args], options)
  const undo = (...args: string[]) => runCli(['undo', ...args], options)
  afterEach(async () => {
    await undo(...on, '--yes')
  })

  it.each([
    ['n\n', 1, 'memhp: nothing was changed'],
    ['\u0004', 1, 'memhp: nothing was changed'],
    ['\u0003', 130, 'memhp: interrupted'],
    ['y\n', 0, '256M offline in 2 steps'],
  ])('asks at a terminal, and takes %j for an answer', async (answer, code, said) => {
    const before = machine.states()
    const command = `${MEMHP} apply ${await machine.plan(...GOAL)} ${on.join(' ')}`
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, ...environment },
    })
    let shown = ''
    let isAsked = false
    terminal.stdout.on('data', (data) => {
      shown += data
      if (isAsked || !shown.includes('[y/N]')) return
      isAsked = true
      terminal.stdin.write(answer)
    })
    const ended = await new Promise((resolve) => terminal.once('close', resolve))
    expect(shown).toContain(said)
    expect(ended).toBe(code)
    expect(machine.states() === before).toBe(code !== 0)
  })

  it('takes blocks offline, step by step, and undo puts them back', async () => {
    const before = machine.states()
    const file = await machine.plan(...GOAL)
    const { code, stdout, stderr } = await apply(file, ...on, '--yes')
    expect(code).toBe(0)
    expect(stderr).toMatch(/machine at .* is to be changed: 2 memory blocks \(256M\) offline/)
    expect(stderr).toMatch(/\[2\/2\] memory\d+ goes offline: done/)
    const journal = /memhp undo (\S+)/.exec(stdout)?.[1] ?? ''
    expect(readFileSync(journal, 'utf8').trim().split('\n')).toHaveLength(6)
    expect(machine.states()).not.toBe(before)
    const back = await undo(journal, '--yes')
    expect(back).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Everything is as it was'),
    })
    expect(machine.states()).toBe(before)
    expect((await undo(journal, '--yes')).stdout).toContain('nothing is left to be taken back')
  })

  it('asks at the terminal, and changes nothing without a yes', async () => {
    const before = machine.states()
    const file = await machine.plan(...GOAL)
    const questions: string[] = []
    const answered = (text: string) =>
      runCli(['apply', file, ...on], {
        ...options,
        answer: (question) => {
          questions.push(question)
          return text
        },
      })
    expect(await answered('n')).toMatchObject({ code: 1, stderr: 'memhp: nothing was changed\n' })
    expect(await apply(file, ...on)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no terminal is here to ask'),
    })
    expect(machine.states()).toBe(before)
    expect(await answered('yes')).toMatchObject({ code: 0 })
    expect(questions[0]).toContain(`the machine at ${machine.directory} is to be changed`)
  })

  it('writes nothing in a dry run', async () => {
    const before = machine.states()
    const file = await machine.plan(...GOAL)
    const { code, stdout } = await apply(file, ...on, '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/1 {2}memory\d+ goes offline: “offline” to \/sys/)
    expect(machine.states()).toBe(before)
  })

  it('numbers the steps of a dry run in one column', async () => {
    const { stdout } = await apply(await machine.plan('1400M'), ...on, '--dry-run')
    const numbers = stdout.match(/^ +\d+ {2}(?=\S+ (?:goes offline|is ejected): )/gm) ?? []
    expect(numbers.at(-1)).toBe('  10  ')
    expect(numbers.map((text) => text.length)).toEqual(Array(10).fill(6))
  })

  it('refuses a plan of another moment, with what has moved on', async () => {
    const file = await machine.plan(...GOAL)
    await apply(file, ...on, '--yes')
    const { code, stdout, stderr } = await apply(file, ...on, '--yes')
    expect(code).toBe(1)
    expect(stdout).toContain('What has moved on')
    expect(stderr).toContain('has moved on since')
    expect(stderr).toContain('Try: make it anew')
  })

  it('names how to go on with a run that was cut short, where the plan is applied again', async () => {
    const file = await machine.plan(...GOAL)
    await spawnCli(['apply', file, ...on, '--yes'], {
      environment: { ...environment, ...atLine(3, 'behind') },
    })
    const { code, stderr } = await apply(file, ...on, '--yes')
    expect(code).toBe(1)
    const [journal = ''] = readdirSync(journals).sort().slice(-1)
    expect(stderr).toContain(`Try: memhp apply --resume ${join(journals, journal)}, which was cut`)
  })

  it('puts everything back at Ctrl-C', async () => {
    const before = machine.states()
    const file = await machine.plan(...GOAL)
    const { code, stderr } = await spawnCli(['apply', file, ...on, '--yes'], {
      environment: { ...environment, ...PRESSED },
    })
    expect(stderr).toContain('Everything is as it was')
    expect(code).toBe(130)
    expect(machine.states()).toBe(before)
  })

  const killed = [
    ['resumed', 3, 'behind'],
    ['resumed', 5, 'before'],
    ['undone', 3, 'before'],
    ['resumed', 1, 'behind'],
    ['resumed', 2, 'before'],
    ['resumed', 2, 'behind'],
    ['resumed', 3, 'before'],
    ['resumed', 4, 'behind'],
    ['resumed', 5, 'behind'],
    ['undone', 2, 'behind'],
    ['undone', 5, 'before'],
  ] as const
  it.each(sampleOf(killed, 3))(
    'is %s when it was killed at line %i, %s it',
    async (how, line, when) => {
      const before = machine.states()
      const file = await machine.plan(...GOAL)
      const run = await spawnCli(['apply', file, ...on, '--yes'], {
        environment: { ...environment, ...atLine(line, when) },
      })
      expect(run).toMatchObject({ code: null, stdout: '' })
      if (how === 'resumed') {
        expect(await apply('--resume', ...on, '--yes')).toMatchObject({ code: 0 })
        expect(machine.states().match(/offline/g)).toHaveLength(
          (before.match(/offline/g)?.length ?? 0) + 2,
        )
      }
      expect(await undo(...on, '--yes')).toMatchObject({ code: 0 })
      expect(machine.states()).toBe(before)
      expect(await apply('--resume', ...on, '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no run of this machine was cut short'),
      })
    },
  )

  it('tells a second memhp who holds the machine', async () => {
    const file = await machine.plan(...GOAL)
    const child = startCli(['apply', file, ...on, '--yes'], {
      ...environment,
      ...atLine(2, 'behind', 'SIGSTOP'),
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    const stopped = (): boolean =>
      / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/\(.*\)/, ''))
    while (!stopped()) await new Promise((resolve) => setTimeout(resolve, 50))
    const second = await apply('--resume', ...on, '--yes')
    child.kill('SIGCONT')
    expect(await ended).toBe(0)
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(
      new RegExp(`being changed already: by process ${child.pid}, since 2\\d.*journal is .*jsonl`),
    )
  })

  it.each(sampleOf([3, 2, 5], 1))(
    'puts everything back where the disk is full at line %i',
    async (line) => {
      const before = machine.states()
      const file = await machine.plan(...GOAL)
      const run = await spawnCli(['apply', file, ...on, '--yes'], {
        environment: { ...environment, ...atLine(line, 'before', 'ENOSPC') },
      })
      expect(run.stderr).toContain('the journal could not be kept (ENOSPC')
      expect(run.stderr).toContain('Everything is as it was')
      expect(run.code).toBe(74)
      expect(machine.states()).toBe(before)
    },
  )

  it('begins nothing where the disk is full', async () => {
    const before = machine.states()
    const file = await machine.plan(...GOAL)
    const full = await apply(file, ...on, '--yes', '--journal', '/dev/full')
    expect(full).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/\/dev\/full: File exists\nTry: name another file\n$/),
    })
    expect(machine.states()).toBe(before)
  })

  it('prints a document with --json', async () => {
    const file = await machine.plan(...GOAL)
    const { stdout } = await apply(file, ...on, '--yes', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, outcome: 'done', leftovers: [] })
  })

  it('changes what stands for this host, as memhp exec lays it over the host’s files', async () => {
    const plan = join(machine.folder, 'exec-plan.json')
    const script = [
      `${MEMHP} plan ${GOAL.join(' ')} -o ${plan}`,
      `${MEMHP} apply ${plan} --yes`,
      `${MEMHP} undo --yes`,
    ].join(' && ')
    const run = await spawnCli(['exec', capture, '--', 'sh', '-c', script], { environment })
    expect(run.stdout).toMatch(/memory blocks of this host \(.*\): 256M offline in 2 steps/)
    expect(run.stdout).toContain('2 steps taken back. Everything is as it was')
    expect(run.code).toBe(0)
  })

  it('names a journal that is damaged, and passes it over', async () => {
    const path = join(journals, '99990101T000000Z-0.jsonl')
    mkdirSync(journals, { recursive: true })
    writeFileSync(path, '{"kind":\n')
    expect((await undo(path, '--yes')).stderr).toMatch(/0\.jsonl: journal: line 1: is not JSON/)
    expect((await undo(...on, '--yes')).stderr).toContain('nothing that memhp apply did')
  })

  it('says of an ejected device that nothing brings it back', async () => {
    const file = await machine.plan('PNP0C80:01')
    const { stdout } = await apply(file, ...on, '--yes')
    const journal = /512M removed in 5 steps\.\nJournal: (\S+)/.exec(stdout)?.[1] ?? ''
    expect(await undo(journal, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PNP0C80:01 is removed: only its firmware'),
    })
  })
})

describe('memhp apply', () => {
  it('carries a plan out on the twin of a capture, which leaves no journal', async () => {
    const plan = await runCli(['plan', ...GOAL, '--capture', capture, '-o', '-'])
    const folder = mkdtempSync(join(tmpdir(), 'memhp-'))
    const file = join(folder, 'plan.json')
    writeFileSync(file, plan.stdout)
    const environment = { MEMHP_STATE_DIR: join(folder, 'state') }
    const { code, stdout } = await runCli(['apply', file, '--capture', capture], { environment })
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `2 memory blocks of the model of capture ${capture}: 256M offline in 2 steps.\n`,
    })
    expect(readdirSync(folder)).toEqual(['plan.json'])
  })

  it.each([
    [[], /no plan is named/],
    [['/nowhere.json'], /\/nowhere\.json: No such file/],
    [['x', '--resume', 'y'], /--resume goes on with a plan that was begun/],
    [['x', '--patience', '0'], /expected seconds/],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await runCli(['apply', ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it.skipIf(process.getuid?.() !== 0)('begins nothing where this user may not write', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const kept = await temporaryFolder()
    const file = join(kept, 'plan.json')
    const at = ['--sysroot', sysroot, '--arch', 'x86_64']
    expect(await runCli(['plan', 'memory33', ...at, '-o', file])).toMatchObject({ code: 0 })
    for (const folder of [sysroot, kept]) chmodSync(folder, 0o755)
    const run = await spawnCli(['apply', file, ...at, '--yes'], {
      uid: 65_534,
      environment: { MEMHP_STATE_DIR: join(kept, 'state') },
    })
    expect(run.stderr).toMatch(/memory33\/state may not be written by this user\nTry: run as root/)
    expect(run.code).toBe(1)
    expect(readdirSync(kept)).toEqual(['plan.json'])
  })

  it('names what a folder contradicts that is only a copy', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const file = join(await temporaryFolder(), 'plan.json')
    const at = ['--sysroot', sysroot, '--arch', 'x86_64']
    await runCli(['plan', 'memory33', ...at, '-o', file])
    const environment = { MEMHP_STATE_DIR: join(sysroot, 'state') }
    const run = await runCli(['apply', file, ...at, '--yes'], { environment })
    expect(run.stderr).toContain(
      'online-differs: memory33 reads “offline”, and its file online reads “1”',
    )
    expect(run.code).toBe(1)
  })

  it('spares this host where that is said, whatever the plan', async () => {
    const context = createContext(
      {},
      {
        stdout: process.stdout,
        stderr: process.stderr,
        environment: { MEMHP_SPARE_HOST: '1' },
        interrupt: { signal: () => new AbortController().signal },
      },
    )
    const target = await openLocal({ kind: 'host' }, { pages: false }, context)
    // The name of this thread: harmless where it were written.
    const path = '/proc/self/comm'
    const steps = [{ kind: 'offline', block: 0, path, text: 'offline' }] as never
    await expect(target.checkWritable({ steps })).rejects.toThrow(
      'belongs to the kernel of this host',
    )
    await expect(target.tree.write(path, 'memhp')).rejects.toMatchObject({ errno: 'EROFS' })
    await target.close()
  })
})
