/**
 * Truth as the kernel takes it from what is written to a file or given as a parameter: by the first one or two characters
 * only. @returns undefined where the kernel answers EINVAL. Source: kstrtobool, lib/kstrtox.c (Linux 6.1)
 */
export function parseKernelBool(text: string): boolean | undefined {
  const first = text[0]?.toLowerCase()
  const second = text[1]?.toLowerCase()
  if (first === '1' || first === 'y' || first === 't') return true
  if (first === '0' || first === 'n' || first === 'f') return false
  if (first === 'o' && second === 'n') return true
  return first === 'o' && second === 'f' ? false : undefined
}

/** A boolean parameter as its file below /sys/module shows it. Source: param_get_bool, kernel/params.c (Linux 6.1) */
export const formatKernelBool = (value: boolean): 'Y' | 'N' => (value ? 'Y' : 'N')

/** What the kernel takes for a number. */
export interface UnsignedLimits {
  /** Width of the kernel's variable. */
  readonly bits: number
  /** Default: taken from the prefix, `0x` for 16 and `0` for 8. */
  readonly base?: 10
}

const DECIMAL = [/^([0-9]+)$/, 10] as const
const PREFIXED: readonly (readonly [RegExp, number])[] = [
  [/^0[xX]([0-9a-fA-F]+)$/, 16],
  [/^(0[0-7]*)$/, 8],
  [/^([1-9][0-9]*)$/, 10],
]

/**
 * An unsigned number as the kernel takes it: one leading plus and one final newline are tolerated, nothing else is.
 * @returns the errno where it is refused: EINVAL for what is not a number, ERANGE for one of too many bits
 * Source: kstrtoull, lib/kstrtox.c (Linux 6.1)
 */
export function parseKernelUnsigned(
  text: string,
  { bits, base }: UnsignedLimits,
): number | 'EINVAL' | 'ERANGE' {
  let bare = text.endsWith('\n') ? text.slice(0, -1) : text
  if (bare.startsWith('+')) bare = bare.slice(1)
  const forms = base === 10 ? [DECIMAL] : PREFIXED
  for (const [form, radix] of forms) {
    const digits = form.exec(bare)?.[1]
    if (digits === undefined) continue
    const value = Number.parseInt(digits, radix)
    return value < 2 ** bits ? value : 'ERANGE'
  }
  return 'EINVAL'
}
