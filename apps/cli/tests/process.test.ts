import { openSync, readFileSync } from 'node:fs'
import { copyFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { COMMANDS } from '../src/commands/registry'
import { TWO_NODES } from './fixture'
import { LISTENERS_TOLD, PRESSED, PRESSED_AT_ONCE, runCli, spawnCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

// Processes start slowly where many tests share two processors.
vi.setConfig({ testTimeout: 60_000 })

const COMMAND = fileURLToPath(new URL('../bin/memhp.cjs', import.meta.url))
const inRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const CAPTURE = inRoot('captures/x86_64-one-node.json.gz')
const SCENARIOS = inRoot('scenarios')
const RECORDINGS = inRoot('recordings')
const S390_RECORDINGS = inRoot('recordings/s390x-6.1')
const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** A machine so large that reading it takes a while. */
function manyBlocks(): Record<string, string> {
  const texts: Record<string, string> = { ...TWO_NODES }
  for (let id = 100; id < 1100; id++) {
    texts[`/sys/devices/system/memory/memory${id}/state`] = 'online\n'
  }
  return texts
}

describe('the process', () => {
  it('imports no module of Node while it runs: the built command has no loader for that', async () => {
    const packages = await readdir(inRoot('packages'))
    const folders = ['apps/cli/src', ...packages.map((name) => `packages/${name}/src`)]
    const files = await Promise.all(
      folders.map(async (folder) => {
        const names = await readdir(inRoot(folder), { recursive: true }).catch(() => [])
        return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`)
      }),
    )
    expect(files.flat().length).toBeGreaterThan(500)
    const importing = files
      .flat()
      .filter((file) => !file.endsWith('.test.ts'))
      .filter((file) => /\bimport\(\s*['"]node:/.test(readFileSync(inRoot(file), 'utf8')))
    expect(importing).toEqual([])
  })

  it('ends with the command’s exit code and prints what the command prints', async () => {
    const args = ['list', '--sysroot', await writeSysroot(TWO_NODES)]
    expect(await spawnCli(args)).toEqual(await runCli(args))
    expect((await spawnCli(['list', '--frob'])).code).toBe(2)
  })

  it('does not mind a reader that has seen enough', async () => {
    const run = await spawnCli(['list', '--sysroot', await writeSysroot(TWO_NODES)], {
      onStart: (child) => child.stdout?.destroy(),
    })
    expect(run).toMatchObject({ code: 0, stderr: '' })
  })

  it('ends a listing with 130 on Ctrl-C', async () => {
    const args = ['list', '--sysroot', await writeSysroot(manyBlocks())]
    const run = await spawnCli(args, { environment: PRESSED_AT_ONCE })
    expect(run).toMatchObject({ code: 130, stdout: '' })
  })

  it('says that a disk is full, and ends with 74', async () => {
    const args = ['list', '--sysroot', await writeSysroot(TWO_NODES)]
    expect(await spawnCli(args, { stdout: openSync('/dev/full', 'w') })).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/^memhp: standard output: ENOSPC[^\n]*\n$/),
    })
  })

  it('does not say that a capture was written to a full disk', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const args = ['capture', '--arch', 'x86_64', '--sysroot', sysroot, '-o', '-']
    expect(await spawnCli(args, { stdout: openSync('/dev/full', 'w') })).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/^memhp: standard output: ENOSPC[^\n]*\n$/),
    })
  })

  it('ends a capture with 130 on Ctrl-C and leaves no file behind', async () => {
    const folder = await temporaryFolder()
    const sysroot = await writeSysroot(manyBlocks())
    const file = join(folder, 'host.json.gz')
    const args = ['capture', '--arch', 'x86_64', '--sysroot', sysroot, '-o', file]
    expect(await spawnCli(args, { environment: PRESSED })).toMatchObject({ code: 130, stdout: '' })
    expect(await readdir(folder)).toEqual([])
  })
})

/** A place where nothing is mounted, nor will be before the signal. */
const NOT_MOUNTED = join(tmpdir(), 'memhp-not-mounted')

/** What serves until it is interrupted, which is not a failure. */
const SERVERS: Readonly<Record<string, readonly string[]>> = { dashboard: [CAPTURE] }

/** Stands for the folder of a machine that is read for a while. */
const LARGE = '<large>'

/** Work that does not end within its first turn, by the command. That of `capture` is above. */
const LONG_WORK: Readonly<Record<string, readonly string[]>> = {
  run: [SCENARIOS],
  chmem: ['-d', '128M', '--dry-run', '--sysroot', LARGE],
  replay: [RECORDINGS],
  apply: [NOT_MOUNTED, '--sysroot', NOT_MOUNTED],
  undo: [NOT_MOUNTED],
  keep: [NOT_MOUNTED, '--sysroot', NOT_MOUNTED],
  watch: ['--sysroot', LARGE],
  verify: ['--seed', '7'],
  simulate: ['--runs', '0'],
  faults: ['--kernel', 'v6.1', '--arch', 's390x', '--point', 'offline/migrate'],
  exec: ['x86_64', '--', 'sleep', '60'],
  mount: ['x86_64', NOT_MOUNTED],
  ctl: ['--watch', '--mount', NOT_MOUNTED],
  unmount: [NOT_MOUNTED],
  shell: ['-c', 'for i in $(seq 1000); do cat /proc/zoneinfo; done'],
}

/** Work that is done at a stretch: only the kernel can end the process then, and does where nothing listens for the signal. */
const WORK_AT_A_STRETCH: Readonly<Record<string, readonly string[]>> = {
  list: [CAPTURE],
  can: [CAPTURE],
  plan: ['memory7', '--capture', CAPTURE],
  doctor: [CAPTURE],
  explain: ['memory7', '--capture', CAPTURE],
  rehearse: [CAPTURE, '--remove-blocks', '7'],
  show: ['block', '7', CAPTURE],
  archs: [],
  completion: ['bash'],
  man: [],
  kernels: [],
}

describe('the built command', () => {
  it('says what to do where it is not built', async () => {
    const file = join(await temporaryFolder(), 'memhp.cjs')
    await copyFile(COMMAND, file)
    expect(await spawnCli(['list'], { nodeArguments: [file] })).toEqual({
      code: 126,
      stdout: '',
      stderr: 'memhp: the command is not built yet. In the repository: npm start\n',
    })
  })

  // On a desk dist may be older than the sources.
  describe.skipIf(process.env.MEMHP_BUILT !== '1')('from a build', () => {
    it.each([
      ['out of its code cache', [COMMAND]],
      ['compiled anew, where its code cache is another V8’s', ['--no-lazy', COMMAND]],
      ['without its code cache', [PROGRAM]],
    ])('does as its sources, %s', async (_, nodeArguments) => {
      const args = ['list', '--sysroot', await writeSysroot(TWO_NODES)]
      expect(await spawnCli(args, { nodeArguments })).toEqual(await runCli(args))
    })

    it('lists without node:crypto, whose loading a start would notice', async () => {
      const telling = `process.on('exit', () => {
        if (process.moduleLoadList.includes('NativeModule crypto')) process.exitCode = 1
      })`
      const first = `data:text/javascript,${encodeURIComponent(telling)}`
      const nodeArguments = ['--import', first, COMMAND]
      expect(await spawnCli(['list', CAPTURE], { nodeArguments })).toMatchObject({ code: 0 })
    })

    it.each([
      ['list', '--like', '2.38', '--output-all', '-a', CAPTURE],
      ['list', '--like', '2.42', '-J', CAPTURE],
      ['can', CAPTURE, '--json'],
      ['can', CAPTURE, '--online', 'online_movable', '--plug', '1G'],
      ['plan', '256M', '--capture', CAPTURE],
      ['doctor', CAPTURE],
      ['explain', 'memory7', 'EINVAL', '--capture', CAPTURE],
    ])('does as its sources: memhp %s %s', async (...args) => {
      const options = { nodeArguments: [COMMAND] }
      expect(await spawnCli(args, options)).toEqual(await runCli(args))
    })

    it.each([
      ['out of their code cache', [COMMAND]],
      ['compiled anew, where their code cache is another V8’s', ['--no-lazy', COMMAND]],
    ])('replays in threads as its sources do in one, %s', async (_, nodeArguments) => {
      const args = ['replay', S390_RECORDINGS, '--json']
      expect(await spawnCli(args, { nodeArguments })).toEqual(await runCli(args))
    })

    it('has work for each command to be interrupted in', () => {
      const names = ['capture', ...Object.keys({ ...LONG_WORK, ...SERVERS, ...WORK_AT_A_STRETCH })]
      expect(names.sort()).toEqual(COMMANDS.map(({ name }) => name).sort())
    })

    it.each(Object.entries(LONG_WORK))('ends %s with 130 on Ctrl-C', async (name, args) => {
      const options = { nodeArguments: [COMMAND], environment: PRESSED_AT_ONCE }
      const large = args.includes(LARGE) ? await writeSysroot(manyBlocks()) : ''
      const line = [name, ...args.map((each) => (each === LARGE ? large : each))]
      expect(await spawnCli(line, options)).toMatchObject({ code: 130 })
    })

    it.each(Object.entries(SERVERS))('ends %s with 0 on Ctrl-C', async (name, args) => {
      const options = { nodeArguments: [COMMAND], environment: PRESSED }
      expect(await spawnCli([name, ...args], options)).toMatchObject({ code: 0 })
    })

    it.each(Object.entries(WORK_AT_A_STRETCH))(
      'leaves Ctrl-C in %s to the kernel',
      async (name, args) => {
        const options = { nodeArguments: [COMMAND], environment: LISTENERS_TOLD }
        const { stdout, stderr } = await spawnCli([name, ...args], options)
        expect(stdout).not.toBe('')
        expect(stderr).toContain('listeners for SIGINT: 0')
      },
    )
  })
})
