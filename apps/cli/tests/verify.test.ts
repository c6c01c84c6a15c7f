import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findGuestFiles } from '@memhp/qemu'
import { describe, expect, it, test, vi } from 'vitest'
import { runCli, spawnCli } from './run-cli'
import { temporaryFolder } from './sysroot'

// Software emulation on a busy machine is slow.
vi.setConfig({ testTimeout: 600_000 })

const QEMU = fileURLToPath(new URL('./bad-qemu.mjs', import.meta.url))

/** A folder as fetch-kernels.mjs leaves it, whose kernel will not be booted. */
async function fakeCache(): Promise<string> {
  const cache = await temporaryFolder()
  await mkdir(join(cache, 'x86_64'))
  for (const name of ['kernel', 'busybox']) await writeFile(join(cache, 'x86_64', name), name)
  const files = { kernel: 'kernel', busybox: 'busybox', modules: [] }
  await writeFile(join(cache, 'x86_64/files.json'), JSON.stringify(files))
  return cache
}

describe('memhp verify refuses', () => {
  it.each([
    [['--mmu', 'hash'], '--mmu is for --arch ppc64le'],
    [['--arch', 'mips'], 'Allowed choices are x86_64, ppc64le'],
    [['--device', 'pmem'], 'Allowed choices are dimm, virtio-mem'],
    [['--arch', 's390x', '--device', 'virtio-mem'], '--arch x86_64 or arm64'],
    [['--arch', 'arm64', '--nodes', '1000'], 'multiples of 128 MiB'],
    [['--steps', 'many'], 'expected a number of steps'],
    [['--seed', '-1'], 'expected a number'],
    [['--nodes', '1024;0'], 'expected the MiB of each node, as 1024,0'],
    [['--nodes', '100'], '--nodes 100: no guest boots with it'],
    [['--arch', 'ppc64le', '--nodes', '768,100'], 'multiples of 256 MiB'],
    [['--steps', '0'], 'expected a number of steps, 1 to'],
    [['--record', '.', '--force'], '. is a folder'],
    [['--kernel', '/nowhere/vmlinuz'], '/nowhere/vmlinuz: No such file or directory'],
    [['--initrd', '/nowhere/initrd'], '/nowhere/initrd: No such file or directory'],
    [['--kernel', '/boot/vmlinuz', '--faults'], '--modules /lib/modules/RELEASE'],
  ])('%j', async (args, message) => {
    const run = await runCli(['verify', ...args])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain(message)
  })

  it('to write over a file, before any guest boots', async () => {
    const file = join(await temporaryFolder(), 'walk.json')
    await writeFile(file, 'precious')
    const run = await runCli(['verify', '--record', file])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('File exists')
    expect(await readFile(file, 'utf8')).toBe('precious')
  })
})

describe('memhp verify without a guest ends with 3', () => {
  const verify = async (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): ReturnType<typeof spawnCli> =>
    spawnCli(['verify', '--seed', '1', ...args], {
      environment: { MEMHP_GUEST_CACHE: await fakeCache(), ...environment },
    })

  it('and says how to get a kernel', async () => {
    const run = await verify([], { MEMHP_GUEST_CACHE: await temporaryFolder() })
    expect(run).toMatchObject({ code: 3 })
    expect(run.stderr).toMatch(/no kernel and busybox for x86_64 in .*\nTry: add --fetch/)
  })

  it('where the QEMU that was named is not there: the command line, and what to check', async () => {
    const run = await verify(['--qemu', '/nowhere/qemu', '--no-faults'], {})
    expect(run).toMatchObject({ code: 3 })
    expect(run.stderr).toContain('/nowhere/qemu: no such file\n  remedy: check its name')
    expect(run.stderr).toContain('command line: /nowhere/qemu -machine q35')
  })

  it('where the firmware of the machine is not there: what has it', async () => {
    const cache = await fakeCache()
    await rename(join(cache, 'x86_64'), join(cache, 'arm64'))
    const firmware = { kernel: 'kernel', busybox: 'busybox', modules: [], firmware: 'gone.fd' }
    await writeFile(join(cache, 'arm64/files.json'), JSON.stringify(firmware))
    const run = await verify(['--arch', 'arm64', '--no-faults'], { MEMHP_GUEST_CACHE: cache })
    expect(run).toMatchObject({ code: 3 })
    expect(run.stderr).toMatch(/no firmware for arm64 in .*\nTry: add --fetch/)
  })

  it('where QEMU dies: the command line, and its last words', async () => {
    const run = await verify(['--qemu', QEMU, '--no-faults'], { MEMHP_TEST_QEMU: 'dies' })
    expect(run).toMatchObject({ code: 3 })
    expect(run.stderr).toContain('ended with exit code 1')
    expect(run.stderr).toContain('stderr: qemu-system-x86_64: cannot set up guest memory')
    expect(run.stderr).toContain(`command line: ${QEMU} -machine q35`)
  })

  it('where QEMU is too old: which one is needed', async () => {
    const run = await verify(['--qemu', QEMU, '--no-faults'], { MEMHP_TEST_QEMU: 'old' })
    expect(run).toMatchObject({ code: 3 })
    expect(run.stderr).toContain('QEMU 2.11 is too old')
    expect(run.stderr).toContain('version 6.2 or newer is needed')
  })

  it('and leaves no process and no file behind when it is interrupted', async () => {
    const folder = await temporaryFolder()
    const pidFile = join(folder, 'pid')
    const temporary = await temporaryFolder()
    const record = join(folder, 'walk.json.gz')
    const run = await spawnCli(
      ['verify', '--seed', '1', '--qemu', QEMU, '--no-faults', '--record', record],
      {
        environment: {
          MEMHP_GUEST_CACHE: await fakeCache(),
          MEMHP_TEST_QEMU: `hangs:${pidFile}`,
          TMPDIR: temporary,
        },
        onStart: (child) => void interruptOnce(pidFile, () => child.kill('SIGINT')),
      },
    )
    expect(run).toMatchObject({ code: 130 })
    expect(run.stderr).toContain('interrupted')
    const left = await readdir(temporary)
    expect(left.filter((name) => name.startsWith('memhp'))).toEqual([])
    expect(existsSync(record)).toBe(false)
    expect(isRunning(Number(await readFile(pidFile, 'utf8')))).toBe(false)
  })
})

/** Acts a moment after the file has appeared. */
async function interruptOnce(file: string, act: () => void, delayMs = 300): Promise<void> {
  while (!existsSync(file)) await sleep(20)
  await sleep(delayMs)
  act()
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What `--json` prints, as far as it is looked at here. */
interface VerifyJson {
  readonly steps: { readonly taken: number; readonly agreeing: number }
  readonly time: { readonly timesFaster: number }
  readonly difference: object | null
}

const MS_INTO_THE_WALK = 10_000

const isAskedFor = process.env.MEMHP_GUESTS === '1'
const suffix = isAskedFor ? '' : ' — SKIPPED: set MEMHP_GUESTS=1 to boot guests'

/** Newest kernels, by architecture; which Debian's archive has changes from day to day. */
const NEWEST = [
  ['x86_64', '7.3'],
  ['arm64', '7.3'],
  ['ppc64le', '7.2'],
] as const

/** Those that are fetched: the others are told in the names of their tests. */
const fetched = new Set<string>()
for (const [arch, version] of NEWEST) {
  const isFetched = await findGuestFiles(arch, { version }).then(
    () => true,
    () => false,
  )
  if (isFetched) fetched.add(arch)
}

/** Of 60 steps, recorded, and replayed. */
async function walkLive(choice: string): Promise<void> {
  const folder = await temporaryFolder()
  const file = join(folder, 'walk.json.gz')
  const args = ['verify', '--arch', ...choice.split(' '), '--seed', '20261123']
  const run = await runCli([...args, '--record', file, '--json'])
  expect(run.stderr).toContain('60 of 60 steps')
  const { steps, difference, time } = JSON.parse(run.stdout) as VerifyJson
  expect(difference).toBeNull()
  expect(steps).toMatchObject({ taken: 60, agreeing: 60 })
  expect(time.timesFaster).toBeGreaterThan(1)
  console.log(`memhp ${args.join(' ')}: the model was ${time.timesFaster} times faster`)
  const replayed = await runCli(['replay', file])
  expect(replayed).toMatchObject({ code: 0 })
  expect(replayed.stdout).toContain('60 of 60 steps agree')
}

describe('a live walk', () => {
  test.skipIf(!isAskedFor).each([
    ['x86_64', 'x86_64 --cmdline memory_hotplug.memmap_on_memory=1 --nodes 512,512,0 --faults'],
    ['ppc64le radix', 'ppc64le --mmu radix --nodes 1024,0 --faults'],
    ['ppc64le hash', 'ppc64le --mmu hash --cmdline movable_node'],
  ])(`of 60 steps on a kernel of %s agrees with the model${suffix}`, async (_, choice) =>
    walkLive(choice),
  )

  describe.each(NEWEST)('of 60 steps on the newest kernel of %s, %s,', (arch, version) => {
    const isThere = fetched.has(arch)
    const name = `${arch}@${version}`
    const why = isThere ? suffix : ` — SKIPPED: fetch-kernels.mjs ${name} did not get it`
    test.skipIf(!isAskedFor || !isThere)(`agrees with the model${why}`, () =>
      walkLive(`${arch} --kernel-version ${version}`),
    )
  })

  test.skipIf(!isAskedFor)(`that is interrupted leaves nothing behind${suffix}`, async () => {
    const folder = await temporaryFolder()
    const temporary = await temporaryFolder()
    const [pidFile, qemu] = [join(folder, 'pid'), join(folder, 'qemu')]
    const script = `#!/bin/sh\necho $$ >${pidFile}\nexec qemu-system-x86_64 "$@"\n`
    await writeFile(qemu, script, { mode: 0o755 })
    const run = await spawnCli(
      ['verify', '--seed', '1', '--steps', '1000', '--qemu', qemu, '--json'],
      {
        environment: { TMPDIR: temporary, HOME: homedir(), ...cacheOfGuests() },
        onStart: (child) =>
          void interruptOnce(pidFile, () => child.kill('SIGINT'), MS_INTO_THE_WALK),
      },
    )
    expect(run).toMatchObject({ code: 130, stdout: '' })
    expect(run.stderr).toMatch(/memhp: interrupted\n$/)
    const left = await readdir(temporary)
    expect(left.filter((name) => name.startsWith('memhp'))).toEqual([])
    expect(isRunning(Number(await readFile(pidFile, 'utf8')))).toBe(false)
  })
})

/** Where the kernels are, if they are not where they are by default. */
function cacheOfGuests(): Record<string, string> {
  const { MEMHP_GUEST_CACHE: own, XDG_CACHE_HOME: cache } = process.env
  return {
    ...(own === undefined ? {} : { MEMHP_GUEST_CACHE: own }),
    ...(cache === undefined ? {} : { XDG_CACHE_HOME: cache }),
  }
}
