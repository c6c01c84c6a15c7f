import { parseIomem } from '@memhp/kernel-files'
import { expect, test } from 'vitest'
import { withCrashKernel } from './crash-kernel'

const MIB = 2 ** 20
const IOMEM = parseIomem('00001000-0009fbff : System RAM\n00100000-4fffffff : System RAM\n')

const kept = (cmdline: string, unmanagedMib = 300): readonly string[] =>
  withCrashKernel(IOMEM, { cmdline, unmanagedBytes: unmanagedMib * MIB }).flatMap(({ children }) =>
    children.map(({ start, end, name }) => `${name} ${start / MIB}-${(end + 1) / MIB}`),
  )

test.each([
  ['crashkernel=200M@512M', ['Crash kernel 512-712']],
  ['crashkernel=1G@64M crashkernel=128M@514M', ['Crash kernel 514-642']],
  ['crashkernel=200M', []],
  ['crashkernel=200M@', []],
  ['crashkernel=auto@512M', []],
  ['crashkernel=200M@1200M', []],
  ['quiet', []],
])('%s', (cmdline, expected) => {
  expect(kept(cmdline)).toEqual(expected)
})

test('a kernel that manages nearly all of its memory keeps none', () => {
  expect(kept('crashkernel=200M@512M', 150)).toEqual([])
})
