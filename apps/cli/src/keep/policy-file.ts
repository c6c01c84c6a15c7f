import { isHotplugError, ONLINE_TYPES } from '@memhp/core'
import {
  checkedShape,
  choiceShape,
  listShape,
  optionalShape,
  recordShape,
  type Shape,
  shapeFault,
  textShape,
  wholeShape,
} from '@memhp/core/plugin'
import { readRegularFile } from '@memhp/host'
import type { AddedBy, OnlinePolicy, PolicyCondition, PolicyRule, PolicyZone } from '@memhp/planner'
import type { SourceDocument } from '@memhp/scenario'
import { CliError } from '../errors'
import { inFile, withFile } from '../file-problem'
import { parseSize } from '../text/size'

/** Most bytes of a policy. */
const LARGEST = 2 ** 20
const MOST_PERCENT = 1_000_000
const MOST_NODES = 65_536

type OneOrMany<T> = T | readonly T[]

/** A condition as it is written. */
interface ConditionText {
  readonly arch?: OneOrMany<string>
  readonly node?: OneOrMany<number>
  readonly 'added-by'?: OneOrMany<AddedBy>
  readonly device?: OneOrMany<string>
  readonly 'at-least'?: string
  readonly 'less-than'?: string
}

/** A rule as it is written. */
interface RuleText {
  readonly when?: ConditionText
  readonly zone: PolicyZone
  readonly 'up-to-percent'?: number
}

/** Settings as they are written. */
interface SettingsText {
  readonly auto_online_blocks?: string
  readonly online_policy?: string
  readonly auto_movable_ratio?: number
  readonly auto_movable_numa_aware?: string
}

/** A policy as it is written. */
interface PolicyText {
  readonly 'memhp-policy': 1
  readonly rules: readonly RuleText[]
  readonly order?: OnlinePolicy['order']
  readonly 'at-start'?: OnlinePolicy['atStart']
  readonly settings?: SettingsText
  readonly 'changed-by-others'?: OnlinePolicy['changedByOthers']
}

const oneOrMany = <T>(words: string, one: Shape<T>): Shape<OneOrMany<T>> =>
  checkedShape<OneOrMany<T>>(`${words}, or a list of such`, (value) => {
    const all: readonly unknown[] = Array.isArray(value) ? value : [value]
    return all.length > 0 && all.every((each) => shapeFault(one, each) === undefined)
  })

const name = textShape({ least: 1, most: 256 })
const size = checkedShape<string>('a size, as 4G', (value) => sizeOf(value) !== undefined)
const ADDED_BY = ['kmem', 'virtio_mem', 'firmware', 'other'] as const

/** Bytes of a size that is written with its unit. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/[a-z]/i.test(value)) return undefined
  return parseSize(value) || undefined
}

const conditionShape = (): Shape<ConditionText> =>
  recordShape<ConditionText>({
    arch: optionalShape(oneOrMany('what uname -m prints', name)),
    node: optionalShape(oneOrMany('the number of a node', wholeShape(0, MOST_NODES))),
    'added-by': optionalShape(oneOrMany(ADDED_BY.join(', '), choiceShape<AddedBy>(...ADDED_BY))),
    device: optionalShape(oneOrMany('the name of a device', name)),
    'at-least': optionalShape(size),
    'less-than': optionalShape(size),
  })

const policyShape = (): Shape<PolicyText> =>
  recordShape<PolicyText>({
    'memhp-policy': choiceShape(1),
    rules: listShape(
      recordShape<RuleText>({
        when: optionalShape(conditionShape()),
        zone: choiceShape('movable', 'kernel', 'as-kernel', 'leave'),
        'up-to-percent': optionalShape(wholeShape(0, MOST_PERCENT)),
      }),
    ),
    order: optionalShape(choiceShape('ascending', 'descending')),
    'at-start': optionalShape(choiceShape('online', 'leave')),
    settings: optionalShape(
      recordShape<SettingsText>({
        auto_online_blocks: optionalShape(choiceShape<string>('offline', ...ONLINE_TYPES)),
        online_policy: optionalShape(choiceShape<string>('contig-zones', 'auto-movable')),
        auto_movable_ratio: optionalShape(wholeShape(0, MOST_PERCENT)),
        auto_movable_numa_aware: optionalShape(choiceShape<string>('Y', 'N')),
      }),
    ),
    'changed-by-others': optionalShape(choiceShape('put-back', 'tell')),
  })

const many = <T>(value: OneOrMany<T>): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T]

function conditionOf(text: ConditionText): PolicyCondition {
  const { arch, node, 'added-by': addedBy, device } = text
  const [atLeast, lessThan] = [sizeOf(text['at-least']), sizeOf(text['less-than'])]
  return {
    ...(arch === undefined ? {} : { arch: many(arch) }),
    ...(node === undefined ? {} : { node: many(node) }),
    ...(addedBy === undefined ? {} : { addedBy: many(addedBy) }),
    ...(device === undefined ? {} : { device: many(device) }),
    ...(atLeast === undefined ? {} : { atLeastBytes: atLeast }),
    ...(lessThan === undefined ? {} : { lessThanBytes: lessThan }),
  }
}

function ruleOf({ when = {}, zone, 'up-to-percent': upToPercent }: RuleText): PolicyRule {
  const rule = { when: conditionOf(when), zone }
  return upToPercent === undefined ? rule : { ...rule, upToPercent }
}

/** What the shape does not tell: a place, and what is wrong there. */
function faultIn({ rules }: PolicyText): readonly [readonly PropertyKey[], string] | undefined {
  if (rules.length === 0) return [['rules'], 'is empty: at least one rule is expected']
  const at = rules.findIndex(
    ({ zone, 'up-to-percent': percent }) => percent !== undefined && zone !== 'movable',
  )
  return at < 0 ? undefined : [['rules', at, 'up-to-percent'], 'goes with “zone: movable” alone']
}

const HEAD = 'a policy begins with “memhp-policy: 1”: memhp keep --help shows one'

/** Checks a policy. @throws CliError with the place of what is wrong */
function policyOf({ value, placeOf }: SourceDocument): OnlinePolicy {
  const refuse = (keys: readonly PropertyKey[], message: string): never => {
    const { file, line, column } = placeOf(keys)
    const what = [keys.join('.'), message].filter((text) => text !== '').join(' ')
    throw new CliError(`${file}:${line}:${column}: ${what}`, { remedy: HEAD })
  }
  const isPolicy = typeof value === 'object' && value !== null && 'memhp-policy' in value
  if (!isPolicy) refuse([], 'this is not a policy')
  const fault = shapeFault(policyShape(), value)
  if (fault !== undefined) refuse(fault.keys, fault.message)
  const text = value as PolicyText
  const wrong = faultIn(text)
  if (wrong !== undefined) refuse(...wrong)
  const { auto_movable_ratio: ratio, ...settings } = text.settings ?? {}
  return {
    rules: text.rules.map(ruleOf),
    order: text.order ?? 'ascending',
    atStart: text['at-start'] ?? 'online',
    settings: { ...settings, ...(ratio === undefined ? {} : { auto_movable_ratio: `${ratio}` }) },
    changedByOthers: text['changed-by-others'] ?? 'put-back',
  }
}

/**
 * Reads a policy. @throws CliError with the file, the line and what would be right; where the file system refuses
 */
export async function readPolicy(path: string): Promise<OnlinePolicy> {
  const { readDocument } = await import('@memhp/scenario')
  const text = await inFile(path, async () =>
    withFile(path, async () =>
      readRegularFile(path, { path, encoding: 'utf8', largestBytes: LARGEST }),
    ),
  )
  try {
    return policyOf(readDocument(text, path))
  } catch (error) {
    if (!isHotplugError(error)) throw error
    throw new CliError(error.message, { remedy: HEAD })
  }
}
