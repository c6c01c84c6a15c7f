import { formatNumberList } from '@memhp/kernel-files'
import { REASONS } from '@memhp/planner'
import type { Survey, Trial } from './survey'

/** Whether a kernel did what was predicted. */
export function isAsPredicted({ prediction, outcome }: Trial): boolean {
  switch (prediction.outcome) {
    case 'goes':
    case 'already-offline':
      return outcome === 'went'
    case 'stalls':
      // A kernel gives up by itself where it finds no memory at all.
      return outcome === 'stalled' || outcome === 'EBUSY' || outcome === 'ENOMEM'
    case 'refuses':
      return outcome !== 'went' && outcome !== 'stalled'
  }
}

const isSure = ({ prediction }: Trial): boolean => prediction.confidence !== 'uncertain'

/** A prediction that was said to be certain or likely, and was wrong. */
export const isSurprise = (trial: Trial): boolean => isSure(trial) && !isAsPredicted(trial)

const predictedText = ({ prediction }: Trial): string => {
  const { outcome, confidence, reasons } = prediction
  const [reason] = reasons
  const why = reason === undefined ? '' : `: ${REASONS[reason.kind].title}`
  return `${outcome}, ${confidence}${why}`
}

const outcomeText = ({ outcome }: Trial): string =>
  outcome === 'went' || outcome === 'stalled' ? outcome : `refused with ${outcome}`

/** Trials next to each other that are alike. */
function runsOf(trials: readonly Trial[]): readonly (readonly Trial[])[] {
  const key = (trial: Trial): string =>
    `${trial.zone}|${predictedText(trial)}|${outcomeText(trial)}`
  const runs: Trial[][] = []
  for (const trial of trials) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run !== undefined && last !== undefined && key(last) === key(trial)) run.push(trial)
    else runs.push([trial])
  }
  return runs
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`

function surveySection({ about, machine, kernel, trials }: Survey): string {
  const rows = runsOf(trials).map((run) => {
    const [first] = run as readonly [Trial, ...Trial[]]
    const blocks = `memory${formatNumberList(run.map(({ block }) => block))}`
    const mark = run.every(isAsPredicted) ? '' : isSure(first) ? '**surprise**' : 'doubt was right'
    return row([blocks, first.zone, predictedText(first), outcomeText(first), mark])
  })
  return [
    `## ${about}\n\n${machine}, Linux ${kernel}: ${trials.length} blocks.\n\n`,
    row(['blocks', 'zone', 'predicted', 'the kernel', '']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
    '\n',
  ].join('')
}

/** Every kind of prediction, and what became of it. */
function totals(trials: readonly Trial[]): string {
  const kinds = new Map<string, Trial[]>()
  for (const trial of trials) {
    const { outcome, confidence } = trial.prediction
    const name = `${outcome}, ${confidence}`
    kinds.set(name, [...(kinds.get(name) ?? []), trial])
  }
  return [
    row(['predicted', 'blocks', 'as predicted', 'otherwise']),
    row(['---', '---:', '---:', '---:']),
    ...[...kinds].map(([name, of]) => {
      const right = of.filter(isAsPredicted).length
      return row([name, of.length, right, of.length - right])
    }),
    '\n',
  ].join('')
}

/** What the kernel said of each surprise. */
function surpriseSection(surveys: readonly Survey[]): string {
  const found = surveys.flatMap(({ about, trials }) =>
    trials.filter(isSurprise).map((trial) => ({ about, trial })),
  )
  if (found.length === 0) return ''
  const texts = found.map(
    ({ about, trial }) =>
      `- memory${trial.block} of “${about}”: ${predictedText(trial)}; ${outcomeText(trial)}. The kernel’s log: \`${trial.log.join(' / ') || 'nothing'}\`\n`,
  )
  return `## Surprises\n\n${texts.join('')}\n`
}

/** What predictions leave out. */
const UNSEEN = `## What no file shows

A page may be held by a pipe, by I/O that is under way, by a device or by \`io_uring\`: its references are in no file. Such a block is said to
go, likely; the kernel tries to move the page until \`memhp apply\` makes it stop, and its log tells which page it was. A driver’s veto is not
foretold either. Both, and the reasons above where they can be arranged, are met by \`memhp apply\` in
\`apps/cli/tests/apply-reasons.test.ts\`, on the oldest and the newest kernels of x86_64 and POWER.

`

/** The page of predictions held against real kernels. */
export function predictionPage(surveys: readonly Survey[]): string {
  const trials = surveys.flatMap((each) => each.trials)
  const surprises = trials.filter(isSurprise).length
  return [
    '# Predictions against real kernels\n\n',
    'Written by `pnpm docs:prediction`, which boots the guests of `apps/cli/scripts/prediction/worlds.ts` under QEMU: do not edit. ',
    'Of each block memhp reads the guest as `memhp capture --script --pages` does, predicts what `offline` would do, then writes it; ',
    'a block that went comes back to its zone before the next. What has not ended after 25 s is stopped, and has stalled.\n\n',
    `**${trials.length} blocks of ${surveys.length} guests; ${surprises} ${surprises === 1 ? 'surprise' : 'surprises'}**, which is a prediction called `,
    'certain or likely that was wrong.\n\n',
    totals(trials),
    UNSEEN,
    surpriseSection(surveys),
    ...surveys.map(surveySection),
  ]
    .join('')
    .trimEnd()
    .concat('\n')
}
