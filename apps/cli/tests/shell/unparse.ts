import type {
  AndOr,
  Command,
  CommandList,
  Pipeline,
  Redirect,
  Word,
  WordPart,
} from '../../src/shell/syntax'

/** Joins neighbouring texts and drops empty ones that say nothing, so that equal words look equal. */
export function normalise(word: Word): Word {
  const parts: WordPart[] = []
  for (const part of word) {
    const last = parts.at(-1)
    if (part.kind === 'text' && last?.kind === 'text' && last.quoted === part.quoted) {
      parts[parts.length - 1] = { ...last, text: last.text + part.text }
    } else {
      parts.push(part)
    }
  }
  const telling = parts.filter((part) => part.kind !== 'text' || part.text !== '')
  if (telling.length === 0) return [{ kind: 'text', text: '', quoted: true }]
  return telling.length === parts.length ? parts : normalise(telling)
}

function partText(part: WordPart): string {
  if (part.kind === 'text') {
    return part.quoted ? `'${part.text.replaceAll("'", "'\\''")}'` : part.text
  }
  const inner = part.kind === 'variable' ? `\${${part.name}}` : `$( ${unparse(part.list)} )`
  return part.quoted ? `"${inner}"` : inner
}

const wordText = (word: Word): string => word.map(partText).join('')

function redirectText(redirect: Redirect): string {
  if (redirect.kind === 'read') return `< ${wordText(redirect.target)}`
  if (redirect.kind === 'write') return `${redirect.fd}> ${wordText(redirect.target)}`
  return `${redirect.fd}>&${redirect.from}`
}

function commandText(command: Command): string {
  if (command.kind === 'for') {
    const words = command.words.map(wordText).join(' ')
    return `for ${command.name} in ${words}; do ${unparse(command.body)}; done`
  }
  if (command.kind === 'if') {
    const branches = command.branches.map(
      ({ test, body }) => `if ${unparse(test)}; then ${unparse(body)}; `,
    )
    const otherwise = command.otherwise === null ? '' : `else ${unparse(command.otherwise)}; `
    return `${branches.join('el')}${otherwise}fi`
  }
  return [
    ...command.assignments.map(({ name, value }) => `${name}=${wordText(value)}`),
    ...command.words.map(wordText),
    ...command.redirects.map(redirectText),
  ].join(' ')
}

const pipelineText = ({ negated, commands }: Pipeline): string =>
  `${negated ? '! ' : ''}${commands.map(commandText).join(' | ')}`

const andOrText = ({ first, rest }: AndOr): string =>
  pipelineText(first) +
  rest.map(({ operator, pipeline }) => ` ${operator} ${pipelineText(pipeline)}`).join('')

/** Commands as they would be typed. */
export const unparse = (list: CommandList): string => list.map(andOrText).join('; ')
