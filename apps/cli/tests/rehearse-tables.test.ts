import { describe, expect, it, vi } from 'vitest'
import { rehearse } from './rehearse'

// Tests share few processors.
vi.setConfig({ testTimeout: 60_000 })

/** Lines of a section, without its heading. */
function sectionOf(report: string, heading: string): readonly string[] {
  const lines = report.split('\n')
  const rest = lines.slice(lines.indexOf(heading) + 1)
  return rest.slice(
    0,
    rest.findIndex((line) => /^\S/.test(line)),
  )
}

/** The table of a section: from its headings, which are capitals, to the first empty line. */
function tableOf(report: string, heading: string): readonly string[] {
  const lines = sectionOf(report, heading)
  const rest = lines.slice(lines.findIndex((line) => /^ +[A-Z]+(?: {2,}[A-Z]+)+$/.test(line)))
  const end = rest.indexOf('')
  return end < 0 ? rest : rest.slice(0, end)
}

/** Where each heading begins that stands left in its column. */
const startsOf = (headings: string): readonly number[] =>
  [...headings.matchAll(/[A-Z]+/g)].filter(([word]) => word !== 'STEP').map(({ index }) => index)

const REMOVALS = [
  ['ppc64le-radix-three-nodes', ['--remove', '0x80000004-0x80000007']],
  ['ppc64le-hash-one-node', ['--remove-blocks', '4-5']],
  ['x86_64-three-nodes', ['--remove-node', '1']],
  ['x86_64-three-nodes', ['--remove-node', '2']],
  ['x86_64-dimms-zones', ['--remove', 'PNP0C80:00']],
  ['x86_64-dimms-zones', ['--remove-size', '512M']],
] as const

describe.each(REMOVALS)('%s %j', (name, goal) => {
  it.each([80, 100, undefined])(
    'has every line of its tables in columns, at %s columns',
    async (columns) => {
      const report = await rehearse(name, goal, columns)
      for (const heading of ['Plan', 'Run', 'What was kept for it']) {
        if (!report.includes(`${heading}\n`)) continue
        const [headings = '', ...rows] = tableOf(report, heading)
        expect(rows.length, heading).toBeGreaterThan(0)
        for (const start of startsOf(headings))
          for (const row of rows) expect(row.padEnd(start).slice(start - 2, start), row).toBe('  ')
      }
      const widest = Math.max(...report.split('\n').map((line) => line.length))
      if (columns !== undefined) expect(widest).toBeLessThanOrEqual(columns)
    },
  )
})
