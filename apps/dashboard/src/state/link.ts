// A state as a link: all of it in the fragment, which no browser sends to a server.
import type { ColourBy } from '../map/palette'
import type { GoalWish } from '../protocol/machine-view'
import type { FaultWish } from '../protocol/timeline'

/** What a link says. Machines that were dropped are not in it: a capture tells much of a host. */
export interface LinkState {
  readonly scene: string
  readonly goal: GoalWish | null
  readonly frame: number
  readonly by: ColourBy
  readonly fault: FaultWish | null
  /** True where the removal has run, so that `frame` means something. */
  readonly ran: boolean
}

const COLOURINGS: readonly ColourBy[] = ['outlook', 'state', 'zone', 'node', 'device']

/** A goal in a few letters: `node:2`, `device:NAME`, `size:1073741824`, `blocks:4,5`. */
export function goalText(goal: GoalWish): string {
  switch (goal.kind) {
    case 'device':
      return `device:${goal.device}`
    case 'node':
      return `node:${goal.node}`
    case 'size':
      return `size:${goal.sizeBytes}`
    case 'blocks':
      return `blocks:${goal.blocks.join(',')}`
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** @returns null for what is not a goal */
export function readGoalText(text: string): GoalWish | null {
  const colon = text.indexOf(':')
  const [kind, rest] = [text.slice(0, colon), text.slice(colon + 1)]
  const number = Number(rest)
  if (rest === '') return null
  if (kind === 'device') return { kind, device: rest }
  if (kind === 'node' && isCount(number)) return { kind, node: number }
  if (kind === 'size' && isCount(number) && number > 0) return { kind, sizeBytes: number }
  if (kind !== 'blocks') return null
  const blocks = rest.split(',').map(Number)
  return blocks.every(isCount) ? { kind, blocks } : null
}

/** The fragment of a link, without `#`. */
export function linkFragment({ scene, goal, frame, by, fault, ran }: LinkState): string {
  const fields = new URLSearchParams({ scene })
  if (goal !== null) fields.set('remove', goalText(goal))
  if (ran) fields.set('at', String(frame))
  if (by !== 'outlook') fields.set('colour', by)
  if (fault !== null) fields.set('fail', `${fault.deed}/${fault.pass ?? EVERY}/${fault.point}`)
  return fields.toString()
}

/** Every passing of a point. */
const EVERY = 'every'

function readFault(text: string | null): FaultWish | null {
  const [, deed = '', pass = '', point = ''] =
    /^(\d{1,9})\/(\d{1,9}|every)\/(.+)$/.exec(text ?? '') ?? []
  if (point === '') return null
  return { deed: Number(deed), point, pass: pass === EVERY ? null : Number(pass) }
}

/** Reads a fragment. @returns null where it names no scene */
export function readFragment(fragment: string): LinkState | null {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''))
  const scene = fields.get('scene')
  if (scene === null) return null
  const at = Number(fields.get('at') ?? 0)
  return {
    scene,
    goal: readGoalText(fields.get('remove') ?? ''),
    frame: isCount(at) ? at : 0,
    by: COLOURINGS.find((by) => by === fields.get('colour')) ?? 'outlook',
    fault: readFault(fields.get('fail')),
    ran: fields.has('at'),
  }
}
