import { HotplugError } from '@memhp/core'
import { shapeFault } from '@memhp/core/plugin'
import { parseNumberList, TextFault } from '@memhp/kernel-files'
import type { Topology } from '@memhp/topology'
import type { Plan } from '../plan/plan'
import { MOST_BLOCKS } from './changes'
import { PLAN_FILE_VERSION, PLAN_FORMAT, type PlanFile } from './format'
import { planFileShape } from './plan-shape'
import { stateOf } from './state'

/** The file of a plan. @param topology that the plan was made of */
export const planFileOf = (
  plan: Plan,
  topology: Topology,
  { tool, madeAt }: Pick<PlanFile, 'tool' | 'madeAt'>,
): PlanFile => ({
  format: PLAN_FORMAT,
  version: PLAN_FILE_VERSION,
  tool,
  madeAt,
  plan,
  state: stateOf(topology),
})

/** The text of a plan file. */
export const serialisePlanFile = (file: PlanFile): string => `${JSON.stringify(file, null, 2)}\n`

const damaged = (place: string, message: string): HotplugError =>
  new HotplugError(
    'BAD_PLAN',
    'EINVAL',
    `plan: ${place === '' ? 'top level' : place}: ${message}`,
    {
      detail: { place },
    },
  )

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The engine quotes what it finds, line ends and all.
    const why = (error as SyntaxError).message.replaceAll(/\s+/g, ' ')
    throw damaged('', text.trim() === '' ? 'the file is empty' : `not JSON (${why})`)
  }
}

function checkHeader(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('', 'not an object')
  const { format, version } = value as { format?: unknown; version?: unknown }
  if (format !== PLAN_FORMAT) throw damaged('format', `not ${PLAN_FORMAT}: this is not a plan`)
  if (typeof version === 'number' && Number.isInteger(version) && version !== PLAN_FILE_VERSION)
    throw new HotplugError(
      'UNKNOWN_VERSION',
      'EINVAL',
      `plan of version ${version}; this release reads version ${PLAN_FILE_VERSION}`,
      { detail: { version, supported: [PLAN_FILE_VERSION] } },
    )
}

function checkLists({ state }: PlanFile): void {
  for (const [index, { ids }] of state.blocks.entries()) {
    try {
      parseNumberList(ids, MOST_BLOCKS)
    } catch (error) {
      if (!(error instanceof TextFault)) throw error
      throw damaged(`state.blocks[${index}].ids`, error.message)
    }
  }
}

/** Every offlining comes before the first removal, in the order of the blocks: up to there everything can be undone. */
function checkOrder({ plan: { steps, blocks, pointOfNoReturn } }: PlanFile): void {
  const noReturn = steps.findIndex(({ kind }) => kind !== 'offline')
  const going = new Set(steps.flatMap((step) => (step.kind === 'offline' ? [step.block] : [])))
  const order = blocks.filter(({ id }) => going.has(id))
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'offline') continue
    const place = `plan.steps.${index}`
    const name = `memory${step.block}`
    if (noReturn >= 0 && noReturn < index)
      throw damaged(
        place,
        `${name} goes offline behind what cannot be undone, step ${noReturn + 1}`,
      )
    const now = order[index]?.id
    if (now === step.block) continue
    const wanted =
      now === undefined ? 'is not in plan.blocks' : `the next of plan.blocks is memory${now}`
    throw damaged(place, `${name} goes offline, and ${wanted}`)
  }
  const first = noReturn < 0 ? null : noReturn
  if (pointOfNoReturn !== first)
    throw damaged(
      'plan.pointOfNoReturn',
      `not ${first}, the first step that the kernel alone cannot undo`,
    )
}

/**
 * Reads a plan file and checks it: the JSON, its shape and the order of its steps. That its steps are those of memhp `checkPlanFile` tells.
 * @throws HotplugError BAD_PLAN with the place, UNKNOWN_VERSION
 */
export function parsePlanFile(text: string): PlanFile {
  const value = jsonOf(text)
  checkHeader(value)
  const fault = shapeFault(planFileShape(), value)
  if (fault !== undefined) throw damaged(fault.keys.join('.'), fault.message)
  const file = value as PlanFile
  checkLists(file)
  checkOrder(file)
  return file
}
