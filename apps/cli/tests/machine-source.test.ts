import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FlatTrace, fromFlatView, serialiseCapture } from '@memhp/capture'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

/** A scenario that plugs half a gigabyte and puts the first block online. */
const SCENARIO = `memhp-scenario: 1
title: A device arrives
machine:
  memory: 1G
  possible-nodes: 0-1
  acpi: { slots: 1 }
steps:
  - plug: { id: dimm1, size: 512M, node: 1 }
  - online: 32
`

/** A file in a separate folder. */
async function writeText(name: string, text: string): Promise<string> {
  const file = join(await temporaryFolder(), name)
  await writeFile(file, text)
  return file
}

/** The capture that a recording of a real kernel begins with, as a file. */
async function recordedCapture(): Promise<string> {
  const trace = JSON.parse(recordingText('x86_64/x86_64-0001.json.gz')) as FlatTrace
  return writeText('host.json', serialiseCapture(fromFlatView(trace)))
}

interface PageTableDocument {
  readonly version: number
  readonly pageTable: {
    readonly runs: readonly { readonly region: string; readonly start: string }[]
    readonly addresses: readonly {
      readonly virtualAddress: string
      readonly translation: unknown
    }[]
  }
}

const documentOf = (text: string): PageTableDocument => JSON.parse(text) as PageTableDocument

describe('memhp show page-table', () => {
  it('lists the leaves of a block on the twin of a capture', async () => {
    const { code, stdout } = await runCli([
      'show',
      'page-table',
      'block',
      '1',
      await recordedCapture(),
    ])
    expect(code).toBe(0)
    const [heading, direct] = stdout.split('\n')
    expect(heading).toMatch(/^REGION +VIRTUAL RANGE +SIZE +LEAF +COUNT +FLAGS$/)
    expect(direct).toMatch(
      /^direct +0xffff888008000000-0xffff88800fffffff +128M +2M +64 +XGPDA---W$/,
    )
  })

  it('lists all leaves as JSON, virtual addresses as text', async () => {
    const { stdout } = await runCli(['show', 'page-table', await recordedCapture(), '--json'])
    const { version, pageTable } = documentOf(stdout)
    expect(version).toBe(1)
    expect(pageTable.runs[0]).toMatchObject({ region: 'direct', leafBytes: 4096 })
    expect(pageTable.runs.at(-1)?.region).toBe('vmemmap')
    expect(pageTable.runs[0]?.start).toMatch(/^0xffff8880[0-9a-f]{8}$/)
  })

  it('walks to an address, and says so where nothing is mapped', async () => {
    const file = await recordedCapture()
    const mapped = await runCli(['show', 'page-table', '0x8000123', file])
    expect(mapped.stdout).toContain('physical 0x0000000008000123\n')
    const hole = await runCli(['show', 'page-table', '0x100000000', file])
    expect(hole.code).toBe(0)
    expect(hole.stdout).toContain('0xffff888100000000 is not mapped\n')
    const { stdout } = await runCli(['show', 'page-table', '0x100000000', '--json', file])
    expect(documentOf(stdout).pageTable.addresses[0]).toMatchObject({ translation: null })
  })

  it('says what the twin assumes', async () => {
    const { stderr } = await runCli(['show', 'page-table', 'block', '1', await recordedCapture()])
    expect(stderr).toMatch(/^Assumed: /)
  })
})

describe('--scenario', () => {
  it('lists the machine as the scenario leaves it', async () => {
    const file = await writeText('device.yaml', SCENARIO)
    const { code, stdout } = await runCli(['list', '--blocks', '--scenario', file])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ +32 .* online +\w+ +1 +PNP0C80:00$/m)
    expect(stdout).toMatch(/^ +33 .* offline +\S+ +1 +PNP0C80:00$/m)
  })

  it('shows its page tables', async () => {
    const file = await writeText('device.yaml', SCENARIO)
    const { stdout } = await runCli(['show', 'page-table', 'block', '33', '--scenario', file])
    expect(stdout).toContain('0xffff888108000000-0xffff88810fffffff')
  })

  it('ends with 1 where a step went otherwise than the scenario says', async () => {
    const file = await writeText('wrong.yaml', `${SCENARIO}  - offline: 1\n  - offline: 1\n`)
    const { code, stdout, stderr } = await runCli(['list', '--scenario', file])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`memhp: ${file}:`)
  })

  it('ends with 2 where the scenario is wrong, and says where', async () => {
    const file = await writeText('bad.yaml', 'memhp-scenario: 1\ntitle: x\nsteps: []\n')
    const { code, stderr } = await runCli(['list', '--scenario', file])
    expect(code).toBe(2)
    expect(stderr).toContain(`${file}:`)
  })
})
