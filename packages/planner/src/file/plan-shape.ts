import type { OnlineType, PhysRange } from '@memhp/core'
import type { FirmwareWrite } from '@memhp/core/plugin'
import {
  choiceShape,
  FLAG_SHAPE,
  kindsShape,
  listShape,
  nullableShape,
  optionalShape,
  recordShape,
  type Shape,
  type ShapesByKind,
  shapesByKind,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'
import type { HotplugPolicy } from '@memhp/topology'
import type { PlanGoal, PolicyGoal } from '../goal/goal'
import {
  type Expectation,
  type OnlineStep,
  PLAN_VERSION,
  type Plan,
  type PlannedBlock,
  type PlanStep,
  type PlanWarning,
  type ResizeStep,
  type SetStep,
} from '../plan/plan'
import type { HeadRoom } from '../predict/head-room'
import type { Holdings } from '../predict/holdings'
import type { Prediction } from '../predict/prediction'
import { REASONS, type Reason, type ReasonKind } from '../predict/reason'
import { PLAN_FILE_VERSION, PLAN_FORMAT, type PlanFile } from './format'
import type { BlocksState, PlanState } from './state'

/** Most characters of a name or a sentence. */
const LONGEST = 4096

const text = textShape({ most: LONGEST })
const count = wholeShape()
const counts = listShape(count)

/** A file that a step may write: a plan or a journal, which root carries out, names no other. */
const written = textShape({
  most: LONGEST,
  pattern: /^(?:\/sys\/|[a-z]+:)(?!(?:.*\/)?\.\.(?:\/|$))/s,
  words: 'a file of /sys, or what a hypervisor is asked for',
})

/** What is carried out at once, and kept in no plan file: such a file that names it is refused. */
type FileGoal = Exclude<PlanGoal, PolicyGoal>
type FileStep = Exclude<PlanStep, OnlineStep | SetStep>

const fileGoals = (): ShapesByKind<FileGoal> =>
  shapesByKind<FileGoal>({
    resize: { device: text, sizeBytes: count },
    device: { devices: listShape(text) },
    blocks: { blocks: counts },
    node: { node: count },
    range: { start: count, end: count },
    size: { sizeBytes: count, node: optionalShape(count), zone: optionalShape(text) },
  })

/** Numbers that the compiler tells from others, and JSON does not. */
const branded = <T>(shape: Shape<number>): Shape<T> => shape as unknown as Shape<T>

/** What firmware or a hypervisor is told may be long. */
export const firmwareWrite: Shape<FirmwareWrite> = recordShape({
  path: written,
  text: textShape(),
})

const range = recordShape<PhysRange>({ start: branded(count), end: branded(count) })

const fileSteps = (): ShapesByKind<FileStep> =>
  shapesByKind<FileStep>({
    resize: {
      name: text,
      path: written,
      text,
      range,
      fromBytes: count,
      toBytes: count,
      online: listShape(
        recordShape<ResizeStep['online'][number]>({
          zone: text,
          blocks: branded(counts as unknown as Shape<number>),
        }),
      ),
      undo: nullableShape(firmwareWrite),
    },
    offline: { block: branded(count), path: written, text: choiceShape('offline') },
    remove: {
      name: text,
      verb: text as Shape<never>,
      devices: listShape(text),
      path: written,
      text,
      blocks: branded(counts as unknown as Shape<number>),
      ranges: listShape(range),
      undo: nullableShape(firmwareWrite),
    },
  })

/** Any goal. */
export const anyGoal = (): Shape<PlanGoal> =>
  kindsShape<PlanGoal>('a goal of a plan', {
    ...fileGoals(),
    ...shapesByKind<PolicyGoal>({ policy: { name: text } }),
  })

/** Any step. */
export const anyStep = (): Shape<PlanStep> =>
  kindsShape<PlanStep>('a step of a plan', {
    ...fileSteps(),
    ...shapesByKind<OnlineStep | SetStep>({
      online: {
        name: text,
        block: branded(count),
        path: written,
        text: choiceShape<OnlineType>('online', 'online_kernel', 'online_movable'),
      },
      set: { name: text, path: written, text, from: text },
    }),
  })

function predictionShape(): Shape<Prediction> {
  const kinds = Object.keys(REASONS) as ReasonKind[]
  return recordShape<Prediction>({
    outcome: choiceShape('already-offline', 'goes', 'refuses', 'stalls'),
    confidence: choiceShape('certain', 'likely', 'uncertain'),
    reasons: listShape(
      recordShape<Reason>({
        kind: choiceShape(...kinds),
        message: text,
        pages: optionalShape(count),
      }),
    ),
  })
}

const blockState = choiceShape('online', 'offline', 'going-offline', 'unknown')

function blockShape(prediction: Shape<Prediction>): Shape<PlannedBlock> {
  const holdings = recordShape<Holdings>({
    source: choiceShape('counted', 'estimated'),
    free: count,
    movable: count,
    huge: count,
    kernel: count,
    reserved: count,
    poisoned: count,
    unknown: count,
  })
  return recordShape<PlannedBlock>({
    id: branded(count),
    start: branded(count),
    end: branded(count),
    state: blockState,
    zone: nullableShape(text),
    nodes: branded(counts as unknown as Shape<number>),
    device: nullableShape(text),
    holdings: nullableShape(holdings),
    prediction,
  })
}

/** What a plan must be whose goal and steps are such. */
export function planShape(of: {
  readonly goal: Shape<PlanGoal>
  readonly step: Shape<PlanStep>
}): Shape<Plan> {
  const prediction = predictionShape()
  const ids = branded<Plan['blocks'][number]['id'][]>(counts as unknown as Shape<number>)
  return recordShape<Plan>({
    version: choiceShape(PLAN_VERSION),
    goal: of.goal,
    blockBytes: count,
    pageBytes: count,
    blocks: listShape(blockShape(prediction)),
    devices: listShape(text),
    steps: listShape(of.step),
    pointOfNoReturn: nullableShape(count),
    sizeBytes: count,
    headRoom: recordShape<HeadRoom>({
      verdict: choiceShape('enough', 'short', 'unknown'),
      needPages: count,
      roomPages: count,
      from: counts,
      to: counts,
      stalled: counts,
    }),
    prediction,
    expected: recordShape<Expectation>({
      offlineBlocks: ids,
      goneBlocks: ids,
      goneRanges: listShape(range),
      goneNodes: branded(counts as unknown as Shape<number>),
    }),
    warnings: listShape(
      recordShape<PlanWarning>({
        kind: text as unknown as Shape<PlanWarning['kind']>,
        message: text,
      }),
    ),
  })
}

function stateShape(): Shape<PlanState> {
  const word = nullableShape(text)
  const flag = nullableShape(FLAG_SHAPE)
  return recordShape<PlanState>({
    arch: word,
    release: word,
    blockBytes: count,
    pageBytes: count,
    policy: recordShape<HotplugPolicy>({
      autoOnlineBlocks: word,
      onlinePolicy: word,
      autoMovableRatio: nullableShape(count),
      autoMovableNumaAware: flag,
      memmapOnMemory: word,
    }),
    onlineNodes: textShape(),
    blocks: listShape(
      recordShape<BlocksState>({
        ids: textShape(),
        state: blockState,
        zones: text,
        nodes: counts,
        device: word,
      }),
    ),
  })
}

/** What a plan file must be. */
export const planFileShape = (): Shape<PlanFile> =>
  recordShape<PlanFile>({
    format: choiceShape(PLAN_FORMAT),
    version: choiceShape(PLAN_FILE_VERSION),
    tool: text,
    madeAt: text,
    plan: planShape({
      goal: kindsShape<FileGoal>('a goal of a plan', fileGoals()),
      step: kindsShape<FileStep>('a step of a plan', fileSteps()),
    }),
    state: stateShape(),
  })
