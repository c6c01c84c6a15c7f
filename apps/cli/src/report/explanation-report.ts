import { type Cause, CONFIDENCE_WORDS, type Explanation } from '@memhp/planner'
import { bullet, labelled, type PageStyle, section } from './page-style'

const CONFIDENCE: Readonly<Record<Cause['confidence'], string>> = {
  ...CONFIDENCE_WORDS,
  seen: 'the log says so',
}

const tries = (remedies: readonly string[], style: PageStyle): string =>
  remedies.map((text, at) => labelled(at === 0 ? '  try' : '', text, style)).join('')

/** Most facts of a kind that are printed; JSON has all. */
const SHOWN = 20

function evidenceSection({ evidence }: Explanation, style: PageStyle): string {
  const more = evidence.length - SHOWN
  const lines = evidence
    .slice(0, SHOWN)
    .map(({ from, says }) => bullet(undefined, `${from}: ${says}`, style))
  const rest = more > 0 ? [bullet(undefined, `${more} more; --json has all`, style)] : []
  return section('Evidence', [...lines, ...rest].join(''), style)
}

/** An explanation as a person reads it: the verdict first. */
export function renderExplanation(explanation: Explanation, style: PageStyle): string {
  const { verdict, causes, meanings, missing } = explanation
  const why = causes.map(({ title, confidence, remedies }) =>
    [bullet(undefined, `${title} (${CONFIDENCE[confidence]})`, style), tries(remedies, style)].join(
      '',
    ),
  )
  const can = meanings.map(({ operation, because, remedies }) =>
    [
      bullet(undefined, `${operation === 'any' ? '' : `${operation}: `}${because}`, style),
      tries(remedies, style),
    ].join(''),
  )
  const more = missing.map((text) => bullet(undefined, text, style))
  return [
    `${style.paint.bold(verdict)}\n\n`,
    section('Why, and what helps', why.join(''), style),
    section('What it can mean', can.join(''), style),
    evidenceSection(explanation, style),
    section('What would tell more', more.join(''), style),
  ].join('')
}
