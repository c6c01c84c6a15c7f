import { HotplugError } from '@memhp/core'
import type { Action, ActionKind } from '../format/action'
import { ACTIONS } from '../schema/actions'
import { describeIssues } from './explain'

/**
 * Makes an action from its fields as a scenario writes them: for shells and forms.
 * @throws HotplugError BAD_ARGUMENT (EINVAL) that says what is wrong and what would be right
 */
export function readAction(kind: ActionKind, fields: Readonly<Record<string, unknown>>): Action {
  const { argument, bare } = ACTIONS[kind]
  const result = argument.safeParse(bare === true ? null : fields)
  if (result.success) return result.data
  const message = describeIssues(result.error.issues).join('; ')
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', message, { detail: { action: kind, fields } })
}

/** What every action is for, in the order of the documentation. */
export const ACTION_SUMMARIES: Readonly<Record<ActionKind, string>> = Object.fromEntries(
  Object.entries(ACTIONS).map(([kind, { summary }]) => [kind, summary]),
) as Record<ActionKind, string>
