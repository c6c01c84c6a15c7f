import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BlockOrder, planFileOf, planRemoval, serialisePlanFile } from '@memhp/planner'
import { type Guest, type StartOptions, startGuest } from '@memhp/qemu'
import { openSsh } from '../src/apply/ssh-target'

const BRIDGE = fileURLToPath(new URL('far-bridge.mjs', import.meta.url))
const MEMORY = '/sys/devices/system/memory'

/** A guest with a shell at the end of a line, as sshd would have one: it ends when the connection does. */
export interface FarGuest extends AsyncDisposable {
  readonly guest: Guest
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** What names it on a command line. */
  readonly flags: readonly string[]
  /** The socket of its monitor. */
  readonly monitor: string
  /** State and zone of every block. */
  states(): Promise<string>
  /** Plugs a DIMM and brings its blocks online. @returns their numbers */
  plug(dimm: { id: string; mib: number; node: number }, word: string): Promise<readonly number[]>
  /** Keeps a plan for blocks or devices, also for one that is expected to fail. @returns the file */
  plan(goal: readonly number[] | string, order?: BlockOrder): Promise<string>
}

const SHELL = `
port=/dev/vport0p1
# A port is opened by one at a time.
while :; do sh 0<>$port 1>&0 2>/dev/null; sleep 0.2; done`

async function statesOf(guest: Guest): Promise<string> {
  const { stdout } = await guest.run(
    `cd ${MEMORY} && for b in memory*; do read -r s <$b/state; z=; [ $s = offline ] || read -r z <$b/valid_zones; echo "$b $s $z"; done`,
  )
  return stdout
}

async function blocksOf(guest: Guest): Promise<readonly number[]> {
  const names = await guest.tree.list(MEMORY)
  return names.flatMap((name) => /^memory(\d+)$/.exec(name)?.[1] ?? []).map(Number)
}

async function plugInto(
  guest: Guest,
  dimm: { readonly id: string; readonly mib: number; readonly node: number },
  word: string,
): Promise<readonly number[]> {
  const before = new Set(await blocksOf(guest))
  await guest.plug(dimm)
  const added = (await blocksOf(guest)).filter((id) => !before.has(id)).sort((a, b) => a - b)
  for (const id of added) {
    const path = `${MEMORY}/memory${id}/state`
    if ((await guest.tree.read(path)).trim() === 'online') await guest.tree.write(path, 'offline')
    await guest.tree.write(path, word)
  }
  return added
}

/** Boots a guest that memhp reaches as it reaches a host by ssh. */
export async function startFarGuest(options: StartOptions): Promise<FarGuest> {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-far-'))
  const socket = join(folder, 'far')
  const guest = await startGuest({
    ...options,
    monitorPath: join(folder, 'monitor'),
    modules: ['virtio_pci?', 'virtio_console?', ...(options.modules ?? [])],
    qemuArguments: [
      ...['-device', 'virtio-serial-pci,id=far'],
      ...['-chardev', `socket,id=far,path=${socket},server=on,wait=off`],
      ...['-device', 'virtserialport,bus=far.0,chardev=far,name=far'],
    ],
  })
  await guest.run(`(${SHELL}) </dev/null >/dev/null 2>&1 &`)
  const command = [process.execPath, BRIDGE, socket]
  const spec = { kind: 'ssh', host: 'guest', command, monitor: null } as const
  let plans = 0
  return {
    guest,
    folder,
    environment: { MEMHP_STATE_DIR: join(folder, 'state') },
    monitor: join(folder, 'monitor'),
    flags: ['--ssh', 'guest', '--ssh-command', command.join(' ')],
    states: () => statesOf(guest),
    plug: (dimm, word) => plugInto(guest, dimm, word),
    plan: async (goal, order = 'descending') => {
      const target = await openSsh(spec, { pages: true })
      try {
        const topology = await target.study()
        const wanted =
          typeof goal === 'string'
            ? ({ kind: 'device', devices: [goal] } as const)
            : ({ kind: 'blocks', blocks: [...goal] } as const)
        const plan = planRemoval(topology, wanted, { order })
        const file = planFileOf(plan, topology, { tool: 'test', madeAt: '2026-01-01T00:00:00Z' })
        plans += 1
        const path = join(folder, `plan${plans}.json`)
        writeFileSync(path, serialisePlanFile(file))
        return path
      } finally {
        await target.close()
      }
    },
    [Symbol.asyncDispose]: async () => {
      await guest.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
