import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCapture } from '@memhp/capture'
import { type BlockOrder, planFileOf, planRemoval, serialisePlanFile } from '@memhp/planner'
import { DIALECTS } from '@memhp/platforms/dialects'
import { findGuestFiles, type Guest, type StartOptions } from '@memhp/qemu'
import type { ExplainedTopology } from '@memhp/topology'
import { bringCaptureScript, captureTextOf } from '../scripts/prediction/guest-capture'
import { readCaptured } from '../src/source/capture-source'
import { guestArchOf } from '../src/verify/guest-files'
import { type FarWorld, memoryOf } from './far-worlds'
import { reachGuest } from './reached-guest'
import { type CliRun, type SpawnOptions, spawnCli } from './run-cli'

const MEMORY = '/sys/devices/system/memory'

/** A guest as it was at a moment. */
export interface Look {
  /** The capture file. */
  readonly file: string
  readonly topology: ExplainedTopology
}

/** A guest with a shell at the end of a line, as sshd would have one: it ends when the connection does. */
export interface FarGuest extends AsyncDisposable {
  readonly guest: Guest
  /** What has it unplug devices by QEMU's monitor, on a command line; empty where it always does. */
  readonly monitorFlags: readonly string[]
  /** Runs a command that changes it. Where devices go with their blocks, QEMU's monitor removes them. */
  memhp(args: readonly string[], options?: SpawnOptions): Promise<CliRun>
  /** State and zone of every block. */
  states(): Promise<string>
  /** Plugs a DIMM and brings its blocks online. @returns their numbers */
  plug(dimm: { id: string; mib: number; node: number }, word: string): Promise<readonly number[]>
  /** Reads it as a capture, which replaces that of before. */
  look(): Promise<Look>
  /** Keeps a plan for blocks, also for one that is expected to fail. @returns the file */
  plan(blocks: readonly number[], order?: BlockOrder): Promise<string>
}

async function blocksOf(guest: Guest): Promise<readonly number[]> {
  const names = await guest.tree.list(MEMORY)
  return names.flatMap((name) => /^memory(\d+)$/.exec(name)?.[1] ?? []).map(Number)
}

async function plugInto(
  guest: Guest,
  dimm: { readonly id: string; readonly mib: number; readonly node: number },
  { word, comesOnline }: { readonly word: string; readonly comesOnline: boolean },
): Promise<readonly number[]> {
  const before = new Set(await blocksOf(guest))
  await guest.tree.write(`${MEMORY}/auto_online_blocks`, comesOnline ? word : 'offline')
  await guest.plug(dimm)
  const added = (await blocksOf(guest)).filter((id) => !before.has(id)).sort((a, b) => a - b)
  if (comesOnline) return added
  for (const id of added) await guest.tree.write(`${MEMORY}/memory${id}/state`, word)
  return added
}

/** Boots a guest that memhp reaches as it reaches a host by ssh. */
export async function startFarGuest(
  world: FarWorld,
  options: Pick<StartOptions, 'cmdline'> = {},
): Promise<FarGuest> {
  const { machine, version, goesWhole, comesOnline } = world
  const reached = await reachGuest({
    ...options,
    machine,
    memory: memoryOf(world),
    files: await findGuestFiles(guestArchOf(machine), version === null ? {} : { version }),
    modules: ['memory_notifier_error_inject'],
  })
  const { guest, folder } = reached
  const withMonitor = ['--qmp', reached.monitor]
  const flags = [...reached.shell, ...(goesWhole ? withMonitor : [])]
  await bringCaptureScript(guest)
  const look = async (): Promise<Look> => {
    const text = await captureTextOf(guest)
    const file = join(folder, 'capture.json')
    writeFileSync(file, text)
    return { file, topology: await readCaptured(parseCapture(text, { dialects: DIALECTS })) }
  }
  let plans = 0
  return {
    guest,
    monitorFlags: goesWhole ? [] : withMonitor,
    memhp: (args, { environment = {}, ...more } = {}) =>
      spawnCli([...args, ...flags, '--yes'], {
        ...more,
        environment: { MEMHP_STATE_DIR: join(folder, 'state'), ...environment },
      }),
    states: () => reached.states(),
    plug: (dimm, word) => plugInto(guest, dimm, { word, comesOnline }),
    look,
    plan: async (blocks, order = 'descending') => {
      const { topology } = await look()
      const plan = planRemoval(topology, { kind: 'blocks', blocks: [...blocks] }, { order })
      const file = planFileOf(plan, topology, { tool: 'test', madeAt: '2026-01-01T00:00:00Z' })
      plans += 1
      const path = join(folder, `plan${plans}.json`)
      writeFileSync(path, serialisePlanFile(file))
      return path
    },
    [Symbol.asyncDispose]: () => reached[Symbol.asyncDispose](),
  }
}
