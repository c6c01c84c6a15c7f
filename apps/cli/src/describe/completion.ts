import { shellWord } from '../text/shell-word'
import type { CommandShape, OptionShape } from './command-shape'

/** Shells that a script can be had for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** One of `SHELLS`. */
export type ShellName = (typeof SHELLS)[number]

const namesOf = ({ options }: CommandShape): readonly string[] =>
  options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat())

const words = (list: readonly string[]): string => shellWord(list.join(' '))

function bash(commands: readonly CommandShape[]): string {
  const choices = commands.flatMap(({ name, options }) =>
    options.flatMap(({ short, long, choices }) =>
      choices.length === 0
        ? []
        : [short, long]
            .filter((flag) => flag !== undefined)
            .map((flag) => `    ${shellWord(`${name} ${flag}`)}) words=${words(choices)} ;;`),
    ),
  )
  const flags = commands.map(
    (command) => `    ${command.name}) flags=${words([...namesOf(command), '--help'])} ;;`,
  )
  const below = commands
    .filter((command) => command.commands.length > 0)
    .map((command) => `    ${command.name}) words=${words(command.commands.map((c) => c.name))} ;;`)
  return `# Completes memhp in bash: source <(memhp completion bash)
_memhp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} flags= words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${words([...commands.map((c) => c.name), 'help', '--help', '--version'])} -- "$cur"))
    return
  fi
  case "$command $before" in
${choices.join('\n')}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  case $command in
${flags.join('\n')}
    help) words=${words(commands.map((c) => c.name))} ;;
  esac
  [ "$COMP_CWORD" -eq 2 ] && case $command in
${below.join('\n')}
  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$cur") $(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _memhp memhp
`
}

/** Descriptions without signs that mean something to zsh. */
const zshText = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&')

function zshOption({ short, long, description, takes, choices }: OptionShape): readonly string[] {
  const value = choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files'
  const argument = takes === 'nothing' ? '' : takes === 'value' ? value : `:${value}`
  return [short, long]
    .filter((flag) => flag !== undefined)
    .map((flag) => `        ${shellWord(`${flag}[${zshText(description)}]${argument}`)}`)
}

function zsh(commands: readonly CommandShape[]): string {
  const list = commands.map(
    ({ name, summary }) => `    ${shellWord(`${name}:${zshText(summary)}`)}`,
  )
  const cases = commands.map((command) => {
    const names = command.commands.map(({ name }) => name)
    const first = names.length > 0 ? [`        ${shellWord(`1:what:(${names.join(' ')})`)}`] : []
    const lines = [...command.options.flatMap(zshOption), ...first, `        '*:file:_files'`]
    return `    ${command.name})\n      _arguments \\\n${lines.join(' \\\n')}\n      ;;`
  })
  return `#compdef memhp
# Completes memhp in zsh: memhp completion zsh > _memhp, in a folder of $fpath
_memhp() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _memhp memhp
`
}

function fish(commands: readonly CommandShape[]): string {
  const lines = commands.flatMap(({ name, summary, options, commands: below }) => {
    const here = `-n ${shellWord(`__fish_seen_subcommand_from ${name}`)}`
    return [
      `complete -c memhp -n __fish_use_subcommand -f -a ${name} -d ${shellWord(summary)}`,
      ...options.map(({ short, long, description, takes, choices }) =>
        [
          `complete -c memhp ${here}`,
          ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
          ...(long === undefined ? [] : [`-l ${long.slice(2)}`]),
          ...(takes === 'value' ? ['-r'] : []),
          ...(choices.length === 0 ? [] : [`-f -a ${words(choices)}`]),
          `-d ${shellWord(description)}`,
        ].join(' '),
      ),
      ...below.map(
        (each) => `complete -c memhp ${here} -a ${each.name} -d ${shellWord(each.summary)}`,
      ),
    ]
  })
  return `# Completes memhp in fish: memhp completion fish > ~/.config/fish/completions/memhp.fish\n${lines.join('\n')}\n`
}

const SCRIPTS: Readonly<Record<ShellName, (commands: readonly CommandShape[]) => string>> = {
  bash,
  zsh,
  fish,
}

/** A script that completes commands, their options and the choices of those. */
export const completionScript = (shell: ShellName, commands: readonly CommandShape[]): string =>
  SCRIPTS[shell](commands)
