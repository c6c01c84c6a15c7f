import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli'
import { temporaryFolder } from './sysroot'

const place = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const TRACE = place('recordings/x86_64/x86_64-0001.json.gz')
const CAPTURE = place('captures/x86_64-three-nodes.json.gz')

/** JSON that may be changed at will. */
// biome-ignore lint/suspicious/noExplicitAny: it is damaged on purpose
type Loose = any

const unpacked = async (): Promise<string> => gunzipSync(await readFile(TRACE)).toString()

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), name)
  await writeFile(path, content)
  return path
}

async function changedTrace(change: (trace: Loose) => void): Promise<string> {
  const trace: Loose = JSON.parse(await unpacked())
  change(trace)
  return written('changed.json.gz', gzipSync(JSON.stringify(trace)))
}

describe('memhp replay', () => {
  it('says of each trace, under the name that was given, how many steps agree', async () => {
    const { code, stdout, stderr } = await runCli(['replay', TRACE, TRACE])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(
      `ok     ${TRACE}  40 of 40 steps agree\n`.repeat(2) +
        '\n2 of 2 traces agree throughout; 80 of 80 steps, with 0 hints\n',
    )
  })

  it('shows the first difference: step, what led there, both sides; and sums up many', async () => {
    const path = await changedTrace((trace) => {
      const step = trace.steps[5]
      step.result.errno = 'EIO'
      step.uevents.push('change /devices/system/node/node0 node')
      for (let id = 0; id < 7; id++) {
        step.set[`/sys/devices/system/memory/memory${id}/phys_device`] = '9'
        step.set[`/sys/devices/system/memory/memory${id}/removable`] = '9'
      }
    })
    const { code, stdout } = await runCli(['replay', path])
    expect(code).toBe(1)
    expect(stdout).toContain(`DIFFER ${path}  5 of 40 steps agree\n  What led there:\n    0: `)
    expect(stdout).toMatch(/\n {2}They differ first at step 5: write \w+ to \/\S+, in 16 things:\n/)
    expect(stdout).toContain('\n    errno\n      real   EIO\n      model  none\n')
    expect(stdout).toMatch(
      /\n {4}uevents.*\n {6}real {3}change \/devices\/system\/node\/node0 node\n/,
    )
    expect(stdout).toMatch(/\n {4}… and 8 more: memory\d \(2\), /)
    expect(stdout).toContain('0 of 1 traces agree throughout; ')
  })

  it('searches folders in folders, and names on standard error what is not a trace there', async () => {
    const folder = await temporaryFolder()
    const inside = join(folder, 'x86_64/more')
    await mkdir(inside, { recursive: true })
    await mkdir(join(folder, 'node_modules'))
    const trace = join(inside, 'x86_64-0001.json.gz')
    await copyFile(TRACE, trace)
    await writeFile(join(folder, 'package.json'), '{"name": "memhp"}')
    await copyFile(place('recordings/x86_64-page-tables.json.gz'), join(folder, 'tables.json.gz'))
    const session = join(folder, 'session.json.gz')
    await copyFile(place('recordings/sessions/s390x-7.2-standby.json.gz'), session)
    await writeFile(join(folder, 'node_modules/package.json'), 'no JSON')
    await writeFile(join(folder, 'README.md'), 'no JSON')
    const { code, stdout, stderr } = await runCli(['replay', folder])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `Passed over, no traces: ${join(folder, 'package.json')}, ${session}, ${join(folder, 'tables.json.gz')}\n`,
    })
    expect((await runCli(['replay', session])).stderr).toContain(
      'steps: are commands that were typed into a guest, not a trace',
    )
    expect(stdout).toContain(`ok     ${trace}  40 of 40 steps agree\n\n1 of 1 traces `)
  })

  it('prints all of it as JSON', async () => {
    const path = await changedTrace((trace) => {
      trace.steps[2].result.errno = 'EIO'
    })
    const { code, stdout } = await runCli(['replay', '--json', path, TRACE])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      traces: [
        {
          path,
          name: 'x86_64-0001',
          arch: 'x86_64',
          stepCount: 40,
          agreeing: 39,
          hintCount: 0,
          context: [{ step: 0 }, { step: 1 }, { step: 2, op: { op: expect.any(String) } }],
          first: { step: 2, differences: [{ what: 'errno', real: '"EIO"' }] },
        },
        { path: TRACE, agreeing: 40 },
      ],
      total: { traces: 2, exact: 1, steps: 80, agreeing: 79, hints: 0 },
    })
  })
})

describe('memhp replay refuses', () => {
  it.each<[string, () => Promise<string>, string]>([
    [
      'a file that was cut off',
      async () => written('cut.json.gz', (await readFile(TRACE)).subarray(0, 1000)),
      'cannot be unpacked: it ends too early; the file is truncated',
    ],
    [
      'text that was cut off',
      async () => written('cut.json', (await unpacked()).slice(0, 5000)),
      'line 1, column 5001: the text ends here; the file is truncated.',
    ],
    [
      'a step that names what is not there',
      () =>
        changedTrace((trace) => trace.steps[12].gone.push('/sys/devices/system/memory/memory9')),
      'steps/12/gone/',
    ],
    [
      'a later version',
      () => changedTrace((trace) => (trace.version = 2)),
      'version: the trace is of version 2; this release reads version 1. (UNKNOWN_VERSION)\nTry: update memhp',
    ],
    [
      'an unknown architecture',
      () => changedTrace((trace) => (trace.arch = 'mips64')),
      'arch: No plugin for the architecture "mips64". There: x86_64, ',
    ],
    ['a capture', async () => CAPTURE, 'format: is a capture, not a trace. Try its twin: memhp'],
    ['what is not there', async () => '/no/such/trace.json', 'No such file or directory'],
  ])('%s', async (_, make, message) => {
    const path = await make()
    const { code, stdout, stderr } = await runCli(['replay', path])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`memhp: ${path}: ${message}`)
  })

  it('a folder without traces, however deep, and one whose JSON is of another kind', async () => {
    const folder = await temporaryFolder()
    const told = {
      code: 2,
      stdout: '',
      stderr: `memhp: ${folder} holds no trace\nTry: name traces: *.json or *.json.gz\n`,
    }
    await mkdir(join(folder, 'x86_64'))
    expect(await runCli(['replay', folder])).toEqual(told)
    await writeFile(join(folder, 'x86_64/package.json'), '{"name": "memhp"}')
    expect(await runCli(['replay', folder])).toEqual(told)
  })

  it('a damaged trace in a folder', async () => {
    const path = await written('cut.json', (await unpacked()).slice(0, 5000))
    const { code, stderr } = await runCli(['replay', dirname(path)])
    expect(code).toBe(2)
    expect(stderr).toContain(`memhp: ${path}: line 1, column 5001: `)
  })
})
