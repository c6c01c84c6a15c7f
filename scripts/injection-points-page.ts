// docs/injection-points.md, as the sweep of machines in which nothing fails finds the points.

import { DONE_OTHERWISE } from '../packages/conformance/src/sweep/done-otherwise'
import { NOT_ROLLED_BACK } from '../packages/conformance/src/sweep/not-rolled-back'
import {
  chosenMachines,
  injectionPointsOf,
  sweepAll,
} from '../packages/conformance/src/sweep/sweep-all'
import type { InjectionPoint } from '../packages/core/src/model/injection-point'
import { PLUGINS } from '../packages/platforms/src/index'

/** Where a point is passed. */
export interface PassedAt {
  readonly operations: Set<string>
  readonly kernels: Set<string>
  readonly archs: Set<string>
}

/** Where each point is passed when nothing fails, on the first variant of each architecture and those of another MMU. */
export function passedPoints(): ReadonlyMap<string, PassedAt> {
  const found = new Map<string, PassedAt>()
  // No point has this name: nothing is made to fail.
  for (const each of sweepAll({ plugins: PLUGINS, point: 'none' })) {
    if (each.kind === 'broken')
      throw new Error(`${each.arch} ${each.variant} ${each.kernel}: ${each.message}`)
    if (each.kind !== 'operation') continue
    for (const point of each.passed) {
      const at = found.get(point) ?? {
        operations: new Set(),
        kernels: new Set(),
        archs: new Set(),
      }
      found.set(point, at)
      at.operations.add(each.operation)
      at.kernels.add(each.kernel)
      at.archs.add(each.arch)
    }
  }
  return found
}

const ordered = (words: ReadonlySet<string> | undefined, all: readonly string[]): string => {
  const list = all.filter((word) => words?.has(word))
  return list.length === all.length ? 'all' : list.join(', ')
}

function rowOf(
  { name, kind, what, errno, leaves = [] }: InjectionPoint,
  at: PassedAt | undefined,
  all: { readonly kernels: readonly string[]; readonly archs: readonly string[] },
): string {
  const cells = [
    `\`${name}\``,
    `${kind}: ${what}`,
    errno,
    [...(at?.operations ?? [])].join('; '),
    ordered(at?.kernels, all.kernels),
    ordered(at?.archs, all.archs),
    leaves.length === 0 ? 'nothing' : leaves.map((id) => `\`${id}\``).join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

/** The text of docs/injection-points.md. */
export function injectionPointsPage(passed: ReadonlyMap<string, PassedAt>): string {
  const machines = chosenMachines({ plugins: PLUGINS })
  const all = {
    kernels: [...new Set(machines.map(({ kernel }) => kernel))],
    archs: [...new Set([...passed.values()].flatMap(({ archs }) => [...archs]))],
  }
  const rows = injectionPointsOf().map((point) => rowOf(point, passed.get(point.name), all))
  const otherwise = DONE_OTHERWISE.map(
    ({ id, text, reason, source }) => `| \`${id}\` | ${text} | ${reason} | ${source} |`,
  )
  return `# Injection points

Where an operation can fail, and be made to fail: by \`memhp faults\`, and by \`injectFault\` of \`@memhp/core/inspect\`.
A point with the name of a transaction (\`add\`, \`online\`, \`offline\`, \`remove\`) stands before one of its steps; the others are
within a step, or in a driver. The names are stable.

A failure leaves nothing, or what is named: ids of [${NOT_ROLLED_BACK.length} exceptions](not-rolled-back.md) to what is rolled
back, and of the table below. No other shows in any operation that the tests try, and each shows in some.

Written by \`pnpm docs:points\` from what the sweep passes where nothing fails. A point that nothing passes, and one that is
passed and not declared, fail the tests. Architectures without memory hot-plug pass those of boot memory only.

| point | what fails | errno | in | kernels | architectures | leaves |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

## What is done otherwise

An operation that goes on although something failed is done, but for this.

| id | what is otherwise | why | source |
| --- | --- | --- | --- |
${otherwise.join('\n')}
`
}
