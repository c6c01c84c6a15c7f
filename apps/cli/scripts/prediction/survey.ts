import { type Capture, captureTree, parseCapture } from '@memhp/capture'
import { isHotplugError } from '@memhp/core'
import { blockFile, MEMORY_DIRECTORY } from '@memhp/kernel-files'
import { outlookOf, type Prediction } from '@memhp/planner'
import { DIALECTS } from '@memhp/platforms/dialects'
import { findGuestFiles, type Guest, startGuest } from '@memhp/qemu'
import { idsIn, knownOfCapture, readTopology } from '@memhp/topology'
import { guestArchOf } from '../../src/verify/guest-files'
import { bringCaptureScript, captureTextOf } from './guest-capture'
import type { World } from './worlds'

/** One block: what was predicted just before, and what the kernel did. */
export interface Trial {
  readonly block: number
  readonly zone: string
  readonly prediction: Prediction
  /** `went`, the errno of the refusal, or `stalled`: it had not ended when it was stopped. */
  readonly outcome: string
  /** What the kernel said, where it refused or stalled: its last lines. */
  readonly log: readonly string[]
}

/** What became of the blocks of a guest. */
export interface Survey {
  readonly world: string
  readonly about: string
  readonly machine: string
  readonly kernel: string
  readonly trials: readonly Trial[]
}

/** A kernel that has not let go by then goes on trying. Under software emulation a block that goes takes less than a second. */
const STALLED_MS = 25_000
const LINES_OF_LOG = 6

const captureOf = async (guest: Guest): Promise<Capture> =>
  parseCapture(await captureTextOf(guest), { dialects: DIALECTS })

/** Tries to take a block offline. @returns as `Trial.outcome` */
async function attempt(guest: Guest, block: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(STALLED_MS)
    await guest.tree.write(blockFile(block, 'state'), 'offline', { signal })
    return 'went'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return error.errno === 'EINTR' ? 'stalled' : error.errno
  }
}

const linesOf = (log: string): readonly string[] =>
  log.split('\n').map((line) => line.replace(/^\[ *[\d.]+\] /, ''))

async function tryBlock(guest: Guest, block: number): Promise<Trial | undefined> {
  const capture = await captureOf(guest)
  const topology = await readTopology(captureTree(capture), knownOfCapture(capture))
  const found = topology.blocks.find(({ id }) => id === block)
  const prediction = outlookOf(topology).blocks.find(({ id }) => id === block)?.prediction
  if (found?.state !== 'online' || prediction === undefined) return undefined
  const before = linesOf(await guest.kernelLog()).length
  const outcome = await attempt(guest, block)
  const log = outcome === 'went' ? [] : linesOf(await guest.kernelLog()).slice(before - 1)
  const zone = found.zones.kind === 'in' ? found.zones.name : 'none'
  if (outcome === 'went') {
    const word = zone === 'Movable' ? 'online_movable' : 'online_kernel'
    await guest.tree.write(blockFile(block, 'state'), word)
  }
  return { block, zone, prediction, outcome, log: log.filter(Boolean).slice(0, LINES_OF_LOG) }
}

/** Boots a guest, and holds the prediction of each of its blocks against what its kernel does. */
export async function survey(world: World, tell: (line: string) => void): Promise<Survey> {
  const { machine, memory, version, cmdline, prepare } = world
  const files = await findGuestFiles(guestArchOf(machine), version === undefined ? {} : { version })
  await using guest = await startGuest({
    machine,
    memory,
    files,
    ...(cmdline === undefined ? {} : { cmdline }),
  })
  await prepare?.(guest)
  await bringCaptureScript(guest)
  const ids = idsIn(await guest.tree.list(MEMORY_DIRECTORY), 'memory')
  const trials: Trial[] = []
  const tried = ids.filter((id) => world.blocks?.includes(id) ?? true)
  for (const id of tried) {
    const trial = await tryBlock(guest, id)
    if (trial === undefined) continue
    trials.push(trial)
    const { outcome, confidence } = trial.prediction
    tell(`${world.name} memory${id} ${outcome} ${confidence} -> ${trial.outcome}`)
  }
  return { world: world.name, about: world.about, machine, kernel: guest.kernel, trials }
}
