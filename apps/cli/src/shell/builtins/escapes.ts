import { limitLength } from '../collected-text'

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** Replaces `\n`, `\t`, `\0nn`, `\xnn` as echo -e and printf do; other backslashes stay. */
export function unescapeText(text: string): string {
  return text.replace(
    /\\(?:([abfnrtv\\])|0?([0-7]{1,3})|x([0-9a-fA-F]{1,2}))/g,
    (whole, simple?: string, octal?: string, hex?: string) => {
      if (simple !== undefined) return SIMPLE[simple] ?? whole
      const code = octal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(octal, 8)
      return String.fromCharCode(code % 256)
    },
  )
}

/** One conversion of a format: `%s`, `%-8d`, `%08lx`. */
const CONVERSION = /%([-0 +#]*)(\d*)(?:\.(\d+))?(?:l{0,2})([sdiuxXocb%])/g

function convert(kind: string, argument: string | undefined): string {
  if (kind === 's') return argument ?? ''
  if (kind === 'b') return unescapeText(argument ?? '')
  if (kind === 'c') return (argument ?? '').charAt(0)
  const number = Math.trunc(Number(argument ?? 0)) || 0
  if (kind === 'x') return number.toString(16)
  if (kind === 'X') return number.toString(16).toUpperCase()
  return kind === 'o' ? number.toString(8) : `${number}`
}

const LARGEST_WIDTH = 1024

/** Flags, width, precision and letter of a conversion. */
type Conversion = readonly [flags: string, width: string, precision: string, kind: string]

function formatOne([flags, width, precision, kind]: Conversion, argument?: string): string {
  const whole = convert(kind, argument)
  const value = kind === 's' && precision ? whole.slice(0, Number(precision)) : whole
  const size = Math.min(Number(width || 0), LARGEST_WIDTH)
  if (flags.includes('-')) return value.padEnd(size)
  return value.padStart(size, flags.includes('0') && kind !== 's' ? '0' : ' ')
}

/**
 * Formats as printf(1) does: the format is used again while there are arguments.
 * @throws ShellLimitError where the text becomes too long
 */
export function formatPrintf(format: string, args: readonly string[]): string {
  const text = unescapeText(format)
  let next = 0
  let output = ''
  do {
    const before = next
    let length = output.length
    output += text.replace(CONVERSION, (_, ...conversion: [...Conversion, number, string]) => {
      const [flags, width, precision, kind] = conversion
      if (kind === '%') return '%'
      const formatted = formatOne([flags, width, precision, kind], args[next++])
      length += formatted.length
      limitLength(length)
      return formatted
    })
    limitLength(output.length)
    if (next === before) break
  } while (next < args.length)
  return output
}
