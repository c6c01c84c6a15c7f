import type { PolicyDecision, StepResult } from '@memhp/planner'
import { resultText } from '../apply/progress'
import { type Column, renderTable } from '../output/table'
import { formatRange, formatSize } from '../text/size'
import type { ForeignSetting, Round } from './keeper'

/** What is told while a policy is kept. */
export type KeepRecord =
  | {
      readonly kind: 'start'
      readonly machine: string
      readonly policy: string
      readonly blocks: number
      readonly offline: number
      readonly blockBytes: number
    }
  /** A block that stays offline. */
  | {
      readonly kind: 'left'
      readonly block: number
      readonly device: string | null
      readonly rule: number | null
      readonly why: string
    }
  | ({ readonly kind: 'setting'; readonly does: 'put-back' | 'tell' } & ForeignSetting)
  | { readonly kind: 'missing'; readonly name: string }
  | {
      readonly kind: 'step'
      readonly name: string
      readonly path: string
      readonly text: string
      readonly result: StepResult
      readonly journal: string
    }
  /** Another changes the machine: it is tried again. */
  | { readonly kind: 'held'; readonly message: string }
  | { readonly kind: 'end'; readonly changed: number; readonly failed: number }

/** A record as a person reads it. */
export function recordText(record: KeepRecord): string {
  switch (record.kind) {
    case 'start': {
      const { machine, policy, blocks, offline, blockBytes } = record
      return `start    ${policy} on ${machine}: ${blocks} blocks of ${formatSize(blockBytes)}, ${offline} offline`
    }
    case 'left':
      return `left     memory${record.block} stays offline: ${record.why}`
    case 'setting': {
      const { name, reads, wanted, does } = record
      const then = does === 'put-back' ? `put back to ${wanted}` : `left, and is to be ${wanted}`
      return `setting  ${name} reads ${reads}: another wrote it; it is ${then}`
    }
    case 'missing':
      return `missing  ${record.name}: this kernel has no such setting`
    case 'step':
      return `step     ${record.name} ${record.text}: ${resultText(record.result)}`
    case 'held':
      return `held     ${record.message}; it is tried again`
    case 'end':
      return `end      ${record.changed} changed, ${record.failed} refused`
  }
}

const ruleText = (rule: number | null): string => (rule === null ? '-' : `${rule + 1}`)

const COLUMNS: readonly Column[] = [
  { heading: 'BLOCK' },
  { heading: 'RANGE' },
  { heading: 'FROM' },
  { heading: 'RULE', align: 'right' },
  { heading: 'WRITES' },
  { heading: 'WHY', wraps: true },
]

const fromText = ({ device, addedBy }: PolicyDecision): string =>
  device === null ? addedBy : `${device} (${addedBy})`

/** What a look would write, and what it leaves. */
export function renderRound(
  { decisions, plan, missing }: Round,
  columns: number | undefined,
): string {
  const settings = (plan?.steps ?? []).flatMap((step) =>
    step.kind === 'set' ? [`${step.name} is set to ${step.text}, and reads ${step.from}.\n`] : [],
  )
  const absent = missing.map((name) => `${name}: this kernel has no such setting.\n`)
  const rows = decisions.map((decision) => {
    const { block, rule, text, why } = decision
    const range = formatRange({ start: block.start, end: block.end })
    return [`memory${block.id}`, range, fromText(decision), ruleText(rule), text ?? 'nothing', why]
  })
  const table = rows.length === 0 ? 'No block is offline.\n' : renderTable(COLUMNS, rows, columns)
  return `${settings.join('')}${absent.join('')}${table}`
}
