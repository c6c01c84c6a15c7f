import type { FileTree } from '@memhp/core'
import { formatExactSize } from '@memhp/kernel-files'
import type { Plan, ResizeStep } from '../plan/plan'
import { type PlugRoom, plugRoomIn } from '../plan/plug-room'
import { sizeFile } from '../plan/resizable'
import { readParsed, readWord, tryWrite } from './block-files'
import type { Inconsistency } from './inconsistency'
import type { StepResult, Tried } from './journal'
import type { Run } from './run'
import { lookBefore, memTotalFell } from './truth'

/** Bytes that a device has, by its hypervisor; undefined where that does not say. */
async function sizeOf(tree: FileTree, { name }: ResizeStep): Promise<number | undefined> {
  const text = await readWord(tree, sizeFile(name))
  return text === undefined ? undefined : Number(text)
}

/** What contradicts that a device has the size that was asked for. */
export async function sizeTruth(
  tree: FileTree,
  step: ResizeStep,
  wanted: number,
): Promise<readonly Inconsistency[]> {
  const size = await sizeOf(tree, step)
  if (size === undefined || size === wanted) return []
  const message = `${step.name} is to have ${wanted} bytes, and has ${size}.`
  return [{ kind: 'size-differs', path: sizeFile(step.name), message }]
}

/**
 * Refuses a growth of which the struct pages find no room now, as far as the tree tells: a kernel that has none for them may panic.
 * What an earlier step added may not have come online, or other memory was taken meanwhile.
 */
async function refusedGrowth(
  tree: FileTree,
  { name, fromBytes, toBytes }: ResizeStep,
  sizes: Pick<Plan, 'blockBytes' | 'pageBytes'>,
): Promise<StepResult | undefined> {
  const bytes = toBytes - fromBytes
  const roomNow = (): Promise<PlugRoom | undefined> =>
    readParsed(tree, '/proc/zoneinfo', (text) => plugRoomIn(text, sizes))
  const room = bytes > 0 ? await roomNow() : undefined
  if (room === undefined || bytes <= room.largestBytes) return undefined
  const message = `Struct pages of the ${formatExactSize(bytes)} that ${name} is to grow by take ${formatExactSize(bytes * room.costPerByte)}, and ${formatExactSize(room.freeBytes)} is free in kernel zones now: it is not asked for.`
  const detail = { device: name, freeBytes: room.freeBytes, largestBytes: room.largestBytes }
  return { kind: 'refused', errno: 'ENOMEM', code: 'OUT_OF_MEMORY', message, detail }
}

/** Asks for another size. Whatever comes of it, the size that was asked for before is asked for where it is undone. */
export async function resize({ tree, plan }: Run, step: ResizeStep): Promise<Tried> {
  const { undo } = step
  const refused = await refusedGrowth(tree, step, plan)
  if (refused !== undefined) return { result: refused, undo: null }
  const seen = await lookBefore(tree)
  const written = await tryWrite(tree, step)
  if (written.kind !== 'done') return { result: written, undo }
  const takesOnline = plan.blocks.some(({ state }) => state === 'online')
  const found = [
    ...(await sizeTruth(tree, step, step.toBytes)),
    ...(takesOnline ? await memTotalFell(tree, step.name, seen) : []),
  ]
  return { result: found.length === 0 ? written : { kind: 'inconsistent', found }, undo }
}

/** What became of a step that was cut short: the hypervisor tells how far it got. */
export async function resizedSoFar(tree: FileTree, step: ResizeStep): Promise<StepResult> {
  const isDone = (await sizeOf(tree, step)) === step.toBytes
  if (isDone) return { kind: 'done' }
  const message = 'It was cut short.'
  return { kind: 'refused', errno: 'EINTR', code: 'OFFLINE_STALLED', message, detail: {} }
}
