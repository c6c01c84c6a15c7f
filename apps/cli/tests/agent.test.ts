import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCaptureFile } from '@memhp/host'
import { twinOf } from '@memhp/twin'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { loadPlugins } from '../src/source/plugins'
import { AgentStandIn, serveLines } from './agent-stand-in'
import { type CliRun, spawnCli } from './run-cli'

// Processes start slowly where many tests share two processors.
vi.setConfig({ testTimeout: 120_000 })

const CAPTURE = fileURLToPath(
  new URL('../../../captures/x86_64-dimms-zones.json.gz', import.meta.url),
)
const VIRSH = fileURLToPath(new URL('virsh-stand-in.mjs', import.meta.url))

const BLOCKS = ['guest-get-memory-blocks', 'guest-set-memory-blocks', 'guest-get-memory-block-info']
const FILES = ['open', 'read', 'write', 'flush', 'close'].map((name) => `guest-file-${name}`)

async function standIn(allowed: readonly string[]): Promise<AgentStandIn> {
  const { machine } = await twinOf(await readCaptureFile(CAPTURE), await loadPlugins())
  return new AgentStandIn(machine, allowed)
}

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]()
})

/** A guest by the socket of its agent. */
async function byAgent(allowed: readonly string[]) {
  const agent = await standIn(allowed)
  const served = await serveLines((message) => agent.answer(message))
  opened.push(served)
  const memhp = (...args: readonly string[]): Promise<CliRun> =>
    spawnCli([...args, '--agent', served.socket], {
      environment: { MEMHP_STATE_DIR: join(served.folder, 'state') },
    })
  return { agent, memhp, folder: served.folder }
}

describe('a guest that QEMU’s agent reaches', () => {
  it.each([
    ['files and blocks', [...BLOCKS, ...FILES], 'online_movable'],
    ['blocks alone', BLOCKS, 'online'],
  ])('is changed where the agent has %s', async (_, allowed, word) => {
    const { agent, memhp, folder } = await byAgent(allowed)
    const file = join(folder, 'plan.json')
    const can = await memhp('can')
    expect(can).toMatchObject({ code: 0, stdout: expect.stringContaining('In all') })
    const plan = await memhp('plan', 'memory36-37', '-o', file)
    expect(plan).toMatchObject({ code: 0, stderr: expect.stringContaining('runs no programs') })
    const run = await memhp('apply', file, '--yes')
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('offline in 2 steps') })
    expect(agent.asked).toContain('guest-set-memory-blocks')
    const undone = await memhp('undo', '--yes')
    expect(undone).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Everything is as it was'),
    })
    expect(undone.stderr).toContain(`memory36: ${word}`)
  })

  it.each([
    ['files and blocks', [...BLOCKS, ...FILES], /Movable +0 +36-41/],
    ['blocks alone', BLOCKS, /online +- +- +32-41/],
  ])('is listed where the agent has %s', async (_, allowed, wanted) => {
    const { memhp } = await byAgent(allowed)
    const listed = await memhp('list')
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(wanted) })
    expect(listed.stdout).toContain('offline')
    expect((await memhp('list', '-r', '-n', '-o', 'STATE')).stdout).toContain('online\n')
    const doctor = await memhp('doctor')
    expect(doctor.stdout).toContain('Who brings memory online')
    expect(doctor.stdout).toMatch(/udev +not known/)
  })

  it('is not listed where it is not there, or two are named', async () => {
    const { memhp } = await byAgent(['guest-ping'])
    expect(await memhp('list')).toMatchObject({ code: 3 })
    expect(await memhp('doctor', '--sysroot', '/tmp')).toMatchObject({ code: 2 })
    expect(await memhp('list', '--agent', '/nowhere/socket', '--ssh', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('more than one way into the machine is named'),
    })
  })

  it.each([[[...BLOCKS, ...FILES]], [BLOCKS]])(
    'is watched where the agent has %j, and cannot be shown on the page',
    async (allowed) => {
      const { memhp } = await byAgent(allowed)
      const watch = await memhp('watch', '--for', '100ms', '--until', 'memory37 online')
      expect(watch).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/ 22 blocks of 128M, 18 online; QEMU’s agent tells no/),
      })
      expect(await memhp('dashboard')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('the page needs all that a capture holds'),
      })
    },
  )

  it('has the errno of a block that refuses, and puts the others back', async () => {
    const { agent, memhp, folder } = await byAgent(BLOCKS)
    agent.stubborn.add(36)
    const file = join(folder, 'plan.json')
    await memhp('plan', 'memory36-37', '-o', file)
    const { code, stderr } = await memhp('apply', file, '--yes')
    expect(stderr).toMatch(
      /memory37 goes offline: done\n.*memory36 goes offline: refused with EBUSY/,
    )
    expect(stderr).toContain('Everything is as it was')
    expect(code).toBe(1)
  })

  it('is refused where the agent may do nothing of it, or is not there', async () => {
    const { memhp } = await byAgent(['guest-ping'])
    expect(await memhp('plan', '1G')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('neither runs programs nor switches memory blocks'),
    })
    const run = await spawnCli(['plan', '1G', '--agent', '/nowhere/socket'])
    expect(run).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is no such socket'),
    })
  })
})

/** A domain of libvirt, with what virsh says of it. */
async function byLibvirt() {
  const agent = await standIn(BLOCKS)
  const words: (readonly string[])[] = []
  const served = await serveLines((args: readonly string[]) => {
    words.push(args)
    const [verb = '', ...rest] = args.filter(
      (word) => !word.startsWith('--') && word !== 'test:///x',
    )
    if (!rest.includes('vm1'))
      return { code: 1, stderr: `error: failed to get domain '${rest[0]}'\n` }
    if (verb === 'domstate') return { stdout: 'running\n' }
    if (verb === 'qemu-monitor-event') return { stdout: 'event loop timed out\n', code: 1 }
    const message = JSON.parse(rest.at(-1) ?? '{}') as never
    if (verb === 'qemu-agent-command') return { stdout: JSON.stringify(agent.answer(message)) }
    if (verb === 'qemu-monitor-command') return { stdout: JSON.stringify({ return: [] }) }
    return { code: 1, stderr: `error: unknown command: '${verb}'\n` }
  })
  opened.push(served)
  symlinkSync(VIRSH, join(served.folder, 'virsh'))
  const memhp = (...args: readonly string[]): Promise<CliRun> =>
    spawnCli(args, {
      environment: {
        PATH: `${served.folder}:${process.env.PATH}`,
        MEMHP_STATE_DIR: join(served.folder, 'state'),
        STAND_IN: served.socket,
      },
    })
  return { words, memhp, folder: served.folder }
}

describe('a domain of libvirt', () => {
  it.skipIf(!THOROUGH)('is changed by what virsh passes on', async () => {
    const { words, memhp, folder } = await byLibvirt()
    const on = ['--libvirt', 'vm1', '--connect', 'test:///x']
    const file = join(folder, 'plan.json')
    expect(await memhp('plan', 'memory36-37', ...on, '-o', file)).toMatchObject({ code: 0 })
    const run = await memhp('apply', file, ...on, '--yes')
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('libvirt’s domain vm1') })
    expect(await memhp('undo', ...on, '--yes')).toMatchObject({ code: 0 })
    for (const command of ['can', 'list'])
      expect(await memhp(command, ...on)).toMatchObject({ code: 0 })
    // What QEMU says by itself is listened to where something is changed, and there alone.
    const listening = words.filter((each) => each.includes('qemu-monitor-event'))
    expect(listening).toHaveLength(2)
    expect(listening[0]).toContain('--loop')
    expect(words.every((each) => each.includes('--connect') && each.includes('vm1'))).toBe(true)
  })

  it.each([
    [['--libvirt', 'none'], 3, /domain none cannot be reached: failed to get domain 'none'/],
    [['--libvirt', '--frob'], 2, /a name does not begin so/],
    [['--libvirt', 'vm1', '--qmp', 'x'], 2, /--qmp is not needed beside --libvirt/],
    [['--libvirt', 'vm1', '--ssh', 'x'], 2, /more than one way into the machine is named/],
    [['--connect', 'test:///x'], 2, /--connect says which libvirt/],
    [['--ssh-command', 'sh'], 2, /--ssh-command says what connects.*--ssh is not given/],
    [['--agent', 'x', '--ssh-command', 'sh'], 2, /--ssh is not given/],
    [['--ssh', 'x', '--ssh-command', ' '], 2, /--ssh-command is given, and names nothing/],
    [['--agent', ''], 2, /--agent is given, and names nothing/],
    [['--libvirt', 'vm1', '--sysroot', '/'], 2, /more than one machine is named/],
  ])('is refused by %j', async (flags, code, message) => {
    const { memhp } = await byLibvirt()
    const run = await memhp('plan', '1G', ...flags)
    expect(run).toMatchObject({ code, stderr: expect.stringMatching(message) })
  })
})
