import type { CommandShape } from './command-shape'

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/\\/g, '\\e'],
  [/-/g, '\\-'],
  [/[’‘]/g, '\\(cq'],
  [/“/g, '\\(lq'],
  [/”/g, '\\(rq'],
  [/…/g, '...'],
]

/** Text as roff takes it: none of its signs is a request or an escape. */
const roff = (text: string): string =>
  SIGNS.reduce((written, [sign, instead]) => written.replaceAll(sign, instead), text).replaceAll(
    /^(?=[.'])/gm,
    '\\&',
  )

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

/** Text with its lines as they are. */
const lines = (text: string): string => `.PP\n.nf\n${roff(text)}\n.fi\n`

function commandPart({ name, summary, usage, options, commands, more }: CommandShape): string {
  const flags = options.map(
    (option) => `.TP\n.B ${roff(option.flags)}\n${roff(sentence(option.description))}\n`,
  )
  const below = commands.map(
    (each) => `.TP\n.B ${roff(`${name} ${each.name}`)}\n${roff(sentence(each.summary))}\n`,
  )
  return [
    `.SS ${roff(`memhp ${name} ${usage}`)}\n`,
    `${roff(sentence(summary))}\n`,
    ...below,
    ...flags,
    more === '' ? '' : lines(more),
  ].join('')
}

/**
 * The man page, out of what the commands say of themselves.
 * @param general what the program's own help says below its commands: examples, exit codes
 */
export function manPage(
  commands: readonly CommandShape[],
  { version, general }: { readonly version: string; readonly general: string },
): string {
  return [
    `.TH MEMHP 1 "" "memhp ${roff(version)}" "User Commands"\n`,
    '.SH NAME\nmemhp \\- memory hot\\-plug and hot\\-remove: capture, list, plan, rehearse, explain\n',
    '.SH SYNOPSIS\n.B memhp\n.I command\n[options]\n',
    '.SH DESCRIPTION\n',
    'Tells what memory of a Linux host can go and why the rest stays, plans and rehearses its removal, and holds a model of the kernel against real ones.\n',
    '.SH COMMANDS\n',
    ...commands.map(commandPart),
    '.SH "EXAMPLES AND EXIT STATUS"\n',
    lines(general),
    '.SH "SEE ALSO"\n.BR lsmem (1),\n.BR chmem (8),\n.BR daxctl (1),\n.BR udevadm (8)\n',
  ].join('')
}
