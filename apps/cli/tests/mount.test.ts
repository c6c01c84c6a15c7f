import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { statesBelow } from './block-states'
import { canMount } from './can-mount'
import { MEMHP, spawnCli, startCli } from './run-cli'

// Processes start slowly where many tests share two processors.
vi.setConfig({ testTimeout: 60_000 })

const CAPTURE = fileURLToPath(new URL('../../../captures/x86_64-one-node.json.gz', import.meta.url))
const MEMORY = '/sys/devices/system/memory'

const exec = (machine: string, script: string) =>
  spawnCli(['exec', machine, '--', 'sh', '-c', script])

describe.skipIf(!canMount())('memhp exec', () => {
  const before = statesBelow('/')
  afterAll(() => expect(statesBelow('/')).toBe(before))

  it.each([
    ['x86_64', '128M', '0-15'],
    ['ppc64le', '256M', '0-7'],
    ['s390x', '256M', '0-7'],
    ['aarch64', '128M', '8-23'],
  ])('shows lsmem a machine of %s', async (arch, block, blocks) => {
    const { code, stdout, stderr } = await exec(arch, 'lsmem')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`Memory block size: +${block}\n`))
    expect(stdout).toMatch(new RegExp(` 2G +online +yes +${blocks}\n`))
  })

  it('shows the twin of a capture as the capture was', async () => {
    const { code, stdout } = await exec(CAPTURE, `cat ${MEMORY}/block_size_bytes; ls ${MEMORY}`)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^8000000\n/)
  })

  it('hides what this host has of memory, and the machine has not', async () => {
    const paths = ['/sys/bus/acpi', '/sys/bus/dax', '/sys/kernel/dlpar', '/sys/firmware/memmap']
    const { stdout } = await exec('s390x', `ls -d ${paths.join(' ')} /sys/bus/memory 2>/dev/null`)
    expect(stdout).toBe('/sys/bus/memory\n')
  })

  it('ends as the program ends', async () => {
    expect((await exec('x86_64', 'exit 7')).code).toBe(7)
    expect((await exec('x86_64', 'kill -TERM $$')).code).toBe(143)
    expect((await spawnCli(['exec', 'x86_64', '--', 'no-such-program'])).code).toBe(127)
    expect((await spawnCli(['exec', 'x86_64'])).code).toBe(2)
    expect((await spawnCli(['exec', 'pdp11', '--', 'true'])).code).toBe(2)
  })

  it('says with 125 that the program has not run, and leaves nothing behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memhp-test-'))
    const environment = { TMPDIR: folder, PATH: '/nowhere' }
    const run = await spawnCli(['exec', 'x86_64', '--', 'true'], { environment })
    expect(run.code).toBe(125)
    expect(run.stderr).toMatch(/^memhp: .*\nTry: /)
    expect(readdirSync(folder).filter((name) => name.startsWith('memhp'))).toEqual([])
  })

  it('leaves nothing mounted where a signal comes before the program', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memhp-test-'))
    for (const after of [50, 150, 300, 600]) {
      const run = await spawnCli(['exec', 'x86_64', '--', 'sleep', '60'], {
        environment: { TMPDIR: folder },
        onStart: (child) => setTimeout(() => child.kill('SIGTERM'), after),
      })
      expect([143, null]).toContain(run.code)
    }
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
    expect(mounts.split('\n').filter((line) => line.includes(folder))).toEqual([])
  })

  it('passes a signal on', async () => {
    const run = await spawnCli(
      [
        'exec',
        'x86_64',
        '--',
        'sh',
        '-c',
        'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done',
      ],
      {
        onStart: (child: ChildProcess) => child.stdout?.once('data', () => child.kill('SIGTERM')),
      },
    )
    expect(run).toMatchObject({ code: 9, stdout: 'up\n' })
  })

  it('lets the program change its machine', async () => {
    const { code, stdout, stderr } = await exec(
      'x86_64',
      `${MEMHP} ctl plug d1 1G && cat ${MEMORY}/memory32/state && ${MEMHP} ctl unplug d1; ls -d ${MEMORY}/memory32; ${MEMHP} ctl frob`,
    )
    expect({ code, stdout }).toEqual({ code: 127, stdout: 'offline\n' })
    expect(stderr).toContain(`cannot access '${MEMORY}/memory32'`)
    expect(stderr).toContain('frob: not found')
  })

  it('lets time pass only as the program says', async () => {
    const { code, stdout, stderr } = await exec(
      'x86_64',
      `${MEMHP} ctl 'plug d1 1G; online 32 movable; fill f 512M' && ${MEMHP} ctl --pace 100 || exit 3
      (echo offline >${MEMORY}/memory32/state; echo $?) &
      until [ "$(cat ${MEMORY}/memory32/state)" = going-offline ]; do sleep 0.1; done
      ${MEMHP} ctl 'tick 1s; tick soon; tick 1h'; wait; cat ${MEMORY}/memory32/state
      ${MEMHP} ctl 'online 32 movable; fill g 512M' && ${MEMHP} ctl --pace none || exit 4
      echo offline >${MEMORY}/memory32/state; cat ${MEMORY}/memory32/state`,
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0\noffline\noffline\n' })
    expect(stderr).toContain('expected a time such as 50s, 500ms, 5m or 1h')
  })
})

/** A `memhp mount` that runs; resolves when it has mounted. */
async function mountCommand(directory: string): Promise<ChildProcess> {
  const child = startCli(['mount', 'x86_64', directory])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child
}

const ended = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)))

describe.skipIf(!canMount())('memhp mount', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-test-'))

  it('serves a directory until it is told to end', async () => {
    const directory = join(folder, 'until-told')
    const child = await mountCommand(directory)
    expect(await readdir(directory)).toEqual(['.control', 'proc', 'sys'])
    expect((await spawnCli(['mount', 'x86_64', directory])).stderr).toMatch(/is not empty/)
    const watcher = startCli(['ctl', '--mount', directory, '--watch'])
    const watcherEnded = ended(watcher)
    const uevents: string[] = []
    const told = new Promise<void>((resolve) => {
      watcher.stdout.on('data', (text) => {
        uevents.push(...String(text).trim().split('\n'))
        resolve()
      })
    })
    // It says nothing until there is something to say: asked again until it has heard.
    for (let i = 0; i < 20 && uevents.length === 0; i++) {
      await spawnCli(['ctl', '--mount', directory, `plug d${i} 128M; unplug d${i}`])
    }
    await told
    expect(JSON.parse(uevents[0] ?? '')).toMatchObject({ action: 'add', subsystem: 'memory' })
    const control = (...words: string[]) => spawnCli(['ctl', '--mount', directory, ...words])
    expect(await control('--uevents', 'held')).toMatchObject({ code: 0, stderr: '' })
    const change = 'echo change > /sys/devices/system/memory/memory3/uevent'
    expect(await control(change)).toMatchObject({ code: 0, stderr: '' })
    const changes = (): readonly string[] => uevents.filter((line) => line.includes('"change"'))
    expect(changes()).toEqual([])
    expect(await control('--uevents', 'prompt')).toMatchObject({ code: 0, stderr: '' })
    await expect.poll(changes, { timeout: 20_000 }).toHaveLength(1)
    const childEnded = ended(child)
    child.kill('SIGTERM')
    expect(await childEnded).toBe(0)
    expect(await watcherEnded).toBe(0)
    expect(await readdir(directory)).toEqual([])
  })

  it('goes on where a client of its socket goes away before it has read its answer', async () => {
    const directory = join(folder, 'reset')
    const child = await mountCommand(directory)
    const client = connect(readlinkSync(join(directory, '.control'))).pause()
    await once(client, 'connect')
    client.write('{"about":true}\n')
    // The answer lies unread in the socket as that is closed: the server's next read is ECONNRESET.
    await sleep(500)
    client.destroy()
    await sleep(200)
    const ls = await spawnCli(['ctl', '--mount', directory, 'ls /sys/devices/system/memory'])
    expect(ls).toMatchObject({ code: 0, stderr: '' })
    const childEnded = ended(child)
    child.kill('SIGTERM')
    expect(await childEnded).toBe(0)
  })

  it('leaves a mount, where it is killed, that memhp unmount takes away', async () => {
    const directory = join(folder, 'killed')
    const child = await mountCommand(directory)
    const childEnded = ended(child)
    child.kill('SIGKILL')
    expect(await childEnded).toBe('SIGKILL')
    await expect(readdir(directory)).rejects.toMatchObject({ code: 'ENOTCONN' })
    expect(await spawnCli(['ctl', '--mount', directory, 'ls'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has ended\nTry: memhp unmount/),
    })
    expect(await spawnCli(['mount', 'x86_64', directory])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/endpoint is not connected\nTry: memhp unmount/),
    })
    expect(await spawnCli(['unmount', directory])).toMatchObject({ code: 0 })
    expect(await readdir(directory)).toEqual([])
    expect(await spawnCli(['unmount', directory])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no machine of memhp is mounted at/),
    })
  })

  it.each([
    ['a file', fileURLToPath(import.meta.url)],
    ['a place where none can be made', '/proc/memhp-nowhere'],
    ['an empty name', ''],
  ])('names what would be right instead of %s', async (_, directory) => {
    expect(await spawnCli(['mount', 'x86_64', directory])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^memhp: .*\nTry: name an empty directory/),
    })
  })

  it('says of itself what machine it is, so that no --arch is needed', async () => {
    const directory = join(folder, 'arch')
    const child = await mountCommand(directory)
    const run = await spawnCli(['can', '--sysroot', directory, '--no-pages'])
    expect(run.stderr).not.toContain('--arch')
    expect(run.stdout).toContain('In all')
    const childEnded = ended(child)
    child.kill('SIGTERM')
    await childEnded
  })

  it('is found beside one that is dead', async () => {
    const [dead, alive] = [join(folder, 'dead'), join(folder, 'alive')]
    const killed = await mountCommand(dead)
    const killedEnded = ended(killed)
    killed.kill('SIGKILL')
    await killedEnded
    const child = await mountCommand(alive)
    const { stderr } = await spawnCli(['ctl', 'cat', `${MEMORY}/block_size_bytes`])
    // Other tests may have machines mounted meanwhile.
    expect(stderr).not.toContain(dead)
    await spawnCli(['unmount', dead])
    const childEnded = ended(child)
    child.kill('SIGTERM')
    await childEnded
  })

  it.each([
    [['--watch', 'ls'], /asked for one at a time/],
    [[], /ctl needs a command, --watch, --uevents, or --pace/],
  ])('is asked by ctl for one thing at a time: %j', async (words, message) => {
    const { code, stderr } = await spawnCli(['ctl', ...words])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) })
  })

  it('is not there where it could not be taken away again', async () => {
    const environment = { PATH: '/nowhere' }
    const run = await spawnCli(['mount', 'x86_64', join(folder, 'no-umount')], { environment })
    expect(run.stderr).toMatch(/^memhp: umount\(8\) cannot be run: ENOENT\nTry: install util-linux/)
    expect(run.code).toBe(1)
  })

  it('ends when it is unmounted', async () => {
    const directory = join(folder, 'unmounted')
    const child = await mountCommand(directory)
    const childEnded = ended(child)
    expect(await spawnCli(['unmount', directory])).toMatchObject({ code: 0 })
    expect(await childEnded).toBe(0)
  })
})
