import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../scripts/fetch-kernels.mjs', import.meta.url))

/** A folder for the script and for commands that stand for apt's. */
class Place {
  readonly #folder = mkdtempSync(join(tmpdir(), 'memhp-test-'))
  readonly cache = join(this.#folder, 'cache')
  readonly #commands = join(this.#folder, 'bin')

  constructor(commands: Readonly<Record<string, string>>) {
    mkdirSync(this.#commands)
    onTestFinished(() => rmSync(this.#folder, { recursive: true }))
    for (const [name, script] of Object.entries(commands)) {
      writeFileSync(join(this.#commands, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    }
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  /** Runs the script; `act` may interrupt it. */
  async fetch(
    args: readonly string[] = [],
    act?: (group: number) => Promise<void>,
  ): Promise<{ readonly code: number | null; readonly stderr: string }> {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { PATH: this.#commands, MEMHP_GUEST_CACHE: this.cache, PLACE: this.#folder },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    const closed = once(child, 'close') as Promise<[number | null]>
    if (act !== undefined && child.pid !== undefined) await act(child.pid)
    const [code] = await closed
    return { code, stderr }
  }
}

const IMAGE = 'echo "  Depends: linux-image-6.1.0-1-cloud-amd64"'

describe('what cannot be fetched is told without a stack trace, and leaves nothing', () => {
  test('without apt', async () => {
    const place = new Place({})
    const { code, stderr } = await place.fetch()
    expect(code).toBe(1)
    expect(stderr).toBe(
      'apt-get update: apt-get is not installed\nTry: this script needs Debian or a relative of it: apt-get, dpkg-deb, tar, xz\n',
    )
    expect(readdirSync(place.cache)).toEqual([])
  })

  test('without lists: both commands, their words, and what to do', async () => {
    const place = new Place({
      'apt-get': 'echo "E: The repository has no Release file." >&2; exit 100',
      'apt-cache': 'echo "E: No packages found" >&2; exit 100',
    })
    const { code, stderr } = await place.fetch(['x86_64'])
    expect(code).toBe(1)
    expect(stderr).toContain('apt-get update failed with 100:\nE: The repository has no Release')
    expect(stderr).toContain(
      'apt-cache depends linux-image-cloud-amd64 failed with 100:\nE: No packages found\nTry: check the network',
    )
    expect(stderr).not.toContain('    at ')
    expect(readdirSync(place.cache)).toEqual([])
  })

  test('without the package: after three more tries of apt', async () => {
    const place = new Place({
      'apt-get': `case "$*" in *download*) echo "$*" >$PLACE/args; echo "E: Failed to fetch" >&2; exit 100; esac`,
      'apt-cache': IMAGE,
    })
    const { code, stderr } = await place.fetch(['x86_64'])
    expect(code).toBe(1)
    expect(stderr).toBe(
      'apt-get download linux-image-6.1.0-1-cloud-amd64 failed with 100:\nE: Failed to fetch\nTry: check the network and the sources of apt (/etc/apt/sources.list, sources.list.d), then run this again\n',
    )
    expect(readFileSync(place.path('args'), 'utf8')).toContain('-o Acquire::Retries=3')
    expect(readdirSync(place.cache)).toEqual([])
  })

  test('for an architecture that is none', async () => {
    const { code, stderr } = await new Place({}).fetch(['mips'])
    expect(code).toBe(1)
    expect(stderr).toBe('mips: no such architecture\nTry: x86_64 or ppc64le or s390x\n')
  })

  test('into a cache that is not a folder', async () => {
    const place = new Place({})
    writeFileSync(place.cache, '')
    const { code, stderr } = await place.fetch()
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^EEXIST: .*\nTry: name a folder that you may write to: MEMHP_GUEST_CACHE=/,
    )
  })
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the download and leaves nothing', async (signal, expected) => {
  const place = new Place({
    'apt-get': `case "$*" in *download*) echo $$ >$PLACE/pid; exec /bin/sleep 600; esac`,
    'apt-cache': IMAGE,
  })
  const { code, stderr } = await place.fetch(['x86_64'], async (group) => {
    await vi.waitUntil(() => existsSync(place.path('pid')), { timeout: 10_000 })
    process.kill(-group, signal)
  })
  expect({ code, stderr }).toEqual({ code: expected, stderr: '' })
  const pid = Number(readFileSync(place.path('pid'), 'utf8'))
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(readdirSync(place.cache)).toEqual([])
})
