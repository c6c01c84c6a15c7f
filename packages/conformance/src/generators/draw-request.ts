import type { FirmwareDialect, Random, WalkView } from '@memhp/core/plugin'

/** What a firmware's kernel files take, as the operation of a walk or a simulation. */
export interface RequestWrite {
  readonly op: 'write'
  readonly path: string
  readonly value: string
}

type Requests = FirmwareDialect['walk']['requests']

/** Weight of all requests together. */
export const weightOf = (requests: Requests): number =>
  requests.reduce((sum, { weight }) => sum + weight, 0)

/** Draws one of the requests by their weights; undefined where it cannot be made now. */
export function drawRequest(
  random: Random,
  requests: Requests,
  view: WalkView,
): RequestWrite | undefined {
  if (requests.length === 0) return undefined
  const weights = Object.fromEntries(requests.map(({ weight }, index) => [index, weight]))
  const drawn = requests[Number(random.weighted(weights))]?.draw(view, random)
  return drawn && { op: 'write', path: drawn.path, value: drawn.text }
}
