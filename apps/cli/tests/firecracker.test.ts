import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { isHotplugError, type Machine, resizableOf, settle } from '@memhp/core'
import { executePlan, type Plan, parseJournal, planResize, undoRun } from '@memhp/planner'
import { DIALECTS } from '@memhp/platforms/dialects'
import { readTopology } from '@memhp/topology'
import { afterEach, describe, expect, it } from 'vitest'
import { withFirecracker } from '../src/apply/firecracker'
import type { Target } from '../src/apply/target'
import { openMachine } from '../src/source/machine'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

const MIB = 2 ** 20
const TOTAL = 4096
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

type Handler = (method: string, body: string, response: ServerResponse) => void

/** An API socket. */
async function serve(handler: Handler): Promise<string> {
  const socket = join(await temporaryFolder(), 'api.sock')
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    incoming.on('end', () => {
      if (incoming.url === '/hotplug/memory') handler(incoming.method ?? '', body, response)
      else response.writeHead(404).end()
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return socket
}

const deviceOf = (machine: Machine) => resizableOf(machine).plugged(machine)[0]

/** Firecracker's API before a machine in this process, with the words of its documentation. */
const apiOf =
  (machine: Machine, total = TOTAL): Handler =>
  (method, body, response) => {
    const device = deviceOf(machine)
    if (method === 'PATCH') {
      const { requested_size_mib: wanted } = JSON.parse(body)
      if (wanted % 2 > 0) {
        response.writeHead(400).end('{"fault_message":"The requested size is not a multiple."}')
        return
      }
      resizableOf(machine).resize(machine, { id: 'vm0', bytes: wanted * MIB })
      settle(machine)
      response.writeHead(204).end()
      return
    }
    response.end(
      JSON.stringify({
        total_size_mib: total,
        block_size_mib: 2,
        slot_size_mib: 128,
        plugged_size_mib: (device?.sizeBytes ?? 0) / MIB,
        requested_size_mib: (device?.requestedBytes ?? 0) / MIB,
      }),
    )
  }

async function guest(): Promise<{ readonly machine: Machine; readonly inside: Target }> {
  const path = join(await temporaryFolder(), 'guest.yaml')
  writeFileSync(
    path,
    `memhp-scenario: 1
title: A microVM
machine:
  memory: 2G
  cmdline: memhp_default_state=online_movable
  drivers: { virtio-mem: { devices: [{ id: vm0, maxBytes: ${TOTAL * MIB} }] } }
steps:
  - resize: { id: vm0, size: 512M }
`,
  )
  const { machine } = await openMachine({ kind: 'scenario', path })
  const { tree } = machine
  const inside: Target = {
    spec: { kind: 'ssh', host: 'guest', command: null, monitor: null },
    name: 'the host guest',
    tree: { ...tree, write: async (file, text) => tree.write(file, text) },
    study: () => readTopology(tree, { dialects: DIALECTS }),
    checkWritable: async () => {},
    onWriter: () => {},
    waitsIn: async () => undefined,
    kernelLog: async () => [],
    close: async () => {},
  }
  return { machine, inside }
}

const planned = async (target: Target, sizeBytes: number): Promise<Plan> =>
  planResize(await target.study(), { kind: 'resize', device: 'virtio0', sizeBytes })

describe('a guest of Firecracker', () => {
  it.each([
    ['less', 128],
    ['more', 1024],
  ])('has %s memory, and undo gives it what it had', async (_, wanted) => {
    const { machine, inside } = await guest()
    const target = await withFirecracker(inside, await serve(apiOf(machine)))
    expect(target.name).toContain('a guest of the Firecracker at')
    const plan = await target.prepare?.(await planned(target, wanted * MIB))
    expect(plan?.steps).toMatchObject([{ fromBytes: 512 * MIB, undo: { text: `${512 * MIB}` } }])
    const lines: string[] = []
    const sink = { append: (line: string) => void lines.push(line) }
    const { outcome } = await executePlan(target.tree, plan as Plan, { sink })
    expect(outcome).toBe('done')
    expect(deviceOf(machine)?.sizeBytes).toBe(wanted * MIB)
    const { leftovers } = await undoRun(target.tree, parseJournal(lines.join('')))
    expect(leftovers).toEqual([])
    expect(deviceOf(machine)?.sizeBytes).toBe(512 * MIB)
  })

  it('is told from another, and refuses sizes between its blocks', async () => {
    const { machine, inside } = await guest()
    const other = await withFirecracker(inside, await serve(apiOf(machine, 8192)))
    const plan = await planned(inside, 1024 * MIB)
    await expect(other.prepare?.(plan)).rejects.toThrow(
      /may plug 8G, and virtio0 .* 4G: this is another/,
    )
    const target = await withFirecracker(inside, await serve(apiOf(machine)))
    await expect(target.prepare?.(await planned(inside, 513 * MIB))).rejects.toThrow(
      /takes multiples of 2M up to 4G, not 513M/,
    )
  })

  it('has its words told where Firecracker refuses', async () => {
    const { machine, inside } = await guest()
    let isPaused = false
    const api = apiOf(machine)
    const socket = await serve((method, body, response) => {
      if (method !== 'PATCH' || !isPaused) api(method, body, response)
      else response.writeHead(400).end('{"fault_message":"The microVM is paused."}')
    })
    const target = await withFirecracker(inside, socket)
    const plan = await target.prepare?.(await planned(target, 1024 * MIB))
    isPaused = true
    const { outcome, journal } = await executePlan(target.tree, plan as Plan)
    expect(outcome).toBe('refused')
    expect(journal[0]?.result).toMatchObject({ message: 'Firecracker: The microVM is paused.' })
  })

  it('is lost where its API ends', async () => {
    const { machine, inside } = await guest()
    const socket = await serve(apiOf(machine))
    const target = await withFirecracker(inside, socket)
    const plan = await target.prepare?.(await planned(target, 1024 * MIB))
    for (const server of servers.splice(0)) server.close()
    rmSync(socket, { force: true })
    await expect(executePlan(target.tree, plan as Plan)).rejects.toMatchObject({ isLost: true })
  })

  const status = (more: object): string =>
    JSON.stringify({
      total_size_mib: 1,
      block_size_mib: 1,
      slot_size_mib: 1,
      plugged_size_mib: 1,
      requested_size_mib: 1,
      ...more,
    })
  it.each<[string, Handler, RegExp]>([
    ['what is not JSON', (_, __, r) => void r.end('<html>'), /hotplug\/memory/],
    ['a list', (_, __, r) => void r.end('[]'), /hotplug\/memory/],
    ['a size that is none', (_, __, r) => void r.end(status({ plugged_size_mib: -1 })), /plugged/],
    ['a block of nothing', (_, __, r) => void r.end(status({ block_size_mib: 0 })), /block/],
    ['too much', (_, __, r) => void r.end('x'.repeat(2 ** 20)), /too long/],
    [
      'no device',
      (_, __, r) => void r.writeHead(400).end('{"fault_message":"no device"}'),
      /no device/,
    ],
    ['nothing', (_, __, r) => void r.destroy(), /socket hang up/],
  ])('cannot be reached where its API says %s', async (_, handler, message) => {
    const { inside } = await guest()
    const failure = await withFirecracker(inside, await serve(handler)).catch((error) => error)
    expect(failure).toMatchObject({ exitCode: 3, message: expect.stringMatching(message) })
    expect(isHotplugError(failure)).toBe(false)
  })

  it.each([
    [['--firecracker', '/x'], /what is inside the guest has to be reached/],
    [['--firecracker', '/x', '--qmp', '/y', '--ssh', 'z'], /name two hypervisors/],
    [['--firecracker', '/x', '--libvirt', 'z'], /--firecracker is not needed beside --libvirt/],
  ])('is refused by %j', async (flags, message) => {
    const run = await runCli(['plan', 'virtio0=1G', ...flags])
    expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })
})
