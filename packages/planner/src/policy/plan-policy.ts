import { blockFile, MEMORY_DIRECTORY, parameterFile } from '@memhp/kernel-files'
import type { HotplugPolicy, Topology } from '@memhp/topology'
import { type OnlineStep, PLAN_VERSION, type Plan, type SetStep } from '../plan/plan'
import type { PolicyDecision } from './decide'
import { type OnlinePolicy, POLICY_SETTINGS } from './policy'

type Setting = (typeof POLICY_SETTINGS)[number]

/** The file of a setting. */
export const settingFile = (setting: Setting): string =>
  setting === 'auto_online_blocks' ? `${MEMORY_DIRECTORY}/${setting}` : parameterFile(setting)

/** What a setting reads; null where the kernel does not have it. */
function readingOf(setting: Setting, policy: HotplugPolicy): string | null {
  const flag = policy.autoMovableNumaAware
  const values: Readonly<Record<Setting, string | null>> = {
    auto_online_blocks: policy.autoOnlineBlocks,
    online_policy: policy.onlinePolicy,
    auto_movable_ratio: policy.autoMovableRatio === null ? null : `${policy.autoMovableRatio}`,
    auto_movable_numa_aware: flag === null ? null : flag ? 'Y' : 'N',
  }
  return values[setting]
}

/** What has to be done for settings to read as a policy says. */
export interface SettingsDue {
  readonly steps: readonly SetStep[]
  /** Settings that the kernel does not have. */
  readonly missing: readonly Setting[]
}

/** Holds the settings of a machine against a policy. */
export function settingsDue({ settings }: OnlinePolicy, { policy }: Topology): SettingsDue {
  const named = POLICY_SETTINGS.flatMap((setting) => {
    const text = settings[setting]
    return text === undefined ? [] : [{ setting, text, from: readingOf(setting, policy) }]
  })
  return {
    steps: named.flatMap(({ setting, text, from }) =>
      from === null || from === text
        ? []
        : [{ kind: 'set', name: setting, path: settingFile(setting), text, from }],
    ),
    missing: named.flatMap(({ setting, from }) => (from === null ? [setting] : [])),
  }
}

/** The steps that bring blocks online as was decided. */
export const onlineSteps = (decisions: readonly PolicyDecision[]): readonly OnlineStep[] =>
  decisions.flatMap(({ block, text }) =>
    text === null
      ? []
      : [
          {
            kind: 'online',
            name: `memory${block.id}`,
            block: block.id,
            path: blockFile(block.id, 'state'),
            text,
          },
        ],
  )

/** A plan of settings and of blocks that come online, for `executePlan`: each step stands by itself. */
export const policyPlan = (
  { blockBytes, pageBytes }: Topology,
  { name, steps }: { readonly name: string; readonly steps: readonly (SetStep | OnlineStep)[] },
): Plan => ({
  version: PLAN_VERSION,
  goal: { kind: 'policy', name },
  blockBytes,
  pageBytes,
  blocks: [],
  devices: [],
  steps,
  pointOfNoReturn: null,
  sizeBytes: steps.filter(({ kind }) => kind === 'online').length * blockBytes,
  headRoom: { verdict: 'enough', needPages: 0, roomPages: 0, from: [], to: [], stalled: [] },
  prediction: { outcome: 'goes', confidence: 'likely', reasons: [] },
  expected: { offlineBlocks: [], goneBlocks: [], goneRanges: [], goneNodes: [] },
  warnings: [],
})
