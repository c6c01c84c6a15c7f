import {
  type IomemLine,
  isSystemRam,
  lastGiven,
  parseCmdline,
  parseSize,
} from '@memhp/kernel-files'

/**
 * Memory that was kept for a crash kernel at an address of the command line, `crashkernel=SIZE@ADDRESS`: as a line of /proc/iomem within
 * System RAM, which a flat view leaves out. A kernel that cannot have it there, or has no crash kernels, keeps none.
 * @param lines of /proc/iomem
 * @param known `unmanagedBytes`: boot memory that zones do not manage
 * @returns the lines with it
 * Source: reserve_crashkernel, arch/x86/kernel/setup.c 6.1; guests of x86_64 and POWER.
 */
export function withCrashKernel(
  lines: readonly IomemLine[],
  known: { readonly cmdline: string; readonly unmanagedBytes: number },
): readonly IomemLine[] {
  const [size, start] = (lastGiven(parseCmdline(known.cmdline), 'crashkernel')?.value ?? '')
    .split('@', 2)
    .map(parseSize)
  if (size === undefined || start === undefined || known.unmanagedBytes < size) return lines
  const kept: IomemLine = { start, end: start + size - 1, name: 'Crash kernel', children: [] }
  return lines.map((line) => {
    const holds = isSystemRam(line.name) && line.start <= start && kept.end <= line.end
    return holds ? { ...line, children: [...line.children, kept] } : line
  })
}
