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
    expect(stderr).toBe('mips: no such architecture\nTry: x86_64 or ppc64le or s390x or arm64\n')
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

describe('a version', () => {
  const names = (...all: readonly string[]): string => `printf '%s\\n' ${all.join(' ')}`
  const KERNELS = names(
    'linux-binary-6.19.14+deb13-cloud-amd64',
    'linux-image-6.19.14+deb13-cloud-amd64',
    'linux-binary-7.3.4+deb13-cloud-amd64',
    'linux-binary-7.3.10+deb13-cloud-amd64',
    'linux-modules-7.3.10+deb13-cloud-amd64',
    'linux-modules-7.3.4+deb13-cloud-amd64',
    'linux-image-7.3.4+deb13-cloud-amd64-dbg',
    'linux-image-6.18.9+deb13-cloud-amd64',
    'linux-image-6.18.15+deb13-cloud-amd64',
    'linux-image-6.18.15+deb13-rt-amd64',
  )
  /** Notes what is downloaded first, and of which lists. */
  const APT = `case "$*" in *download*) echo "$*" >>$PLACE/args; for a; do :; done; echo "E: Failed to fetch $a" >&2; exit 100; esac`

  test.each([
    ['7.3', 'linux-binary-7.3.10+deb13-cloud-amd64'],
    ['7.3.4', 'linux-binary-7.3.4+deb13-cloud-amd64'],
    ['6.18', 'linux-image-6.18.15+deb13-cloud-amd64'],
  ])('%s is the newest of it that is whole, %s', async (version, name) => {
    const place = new Place({ 'apt-get': APT, 'apt-cache': KERNELS })
    const { code, stderr } = await place.fetch([`x86_64@${version}`])
    expect({ code, stderr }).toMatchObject({ code: 1 })
    expect(stderr).toContain(`apt-get download ${name} failed with 100`)
    expect(readFileSync(place.path('args'), 'utf8')).toContain('Acquire::Check-Valid-Until=false')
    expect(readdirSync(place.cache)).toEqual([])
  })

  test('whose modules are gone is refused, with what lacks', async () => {
    const place = new Place({ 'apt-get': '', 'apt-cache': KERNELS })
    const { code, stderr } = await place.fetch(['x86_64@6.19'])
    expect(code).toBe(1)
    expect(stderr).toContain('has no linux-modules-6.19.14+deb13-cloud-amd64 (bullseye, bookworm')
  })

  test('that no suite has, or that is none, is refused', async () => {
    const place = new Place({ 'apt-get': '', 'apt-cache': KERNELS })
    expect((await place.fetch(['x86_64@5.10'])).stderr).toContain('Linux 5.10: Debian')
    expect((await place.fetch(['x86_64@new'])).stderr).toBe(
      'x86_64@new: not a version\nTry: x86_64@6.12 or x86_64@6.12.117\n',
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

test('a download that takes its time to end is waited for, and what it wrote meanwhile is removed', async () => {
  const place = new Place({
    'apt-get': `case "$*" in *download*)
      trap '/bin/sleep 0.5; echo late >late; echo >$PLACE/late; exit 1' TERM
      echo >$PLACE/started
      while :; do /bin/sleep 0.1; done
    esac`,
    'apt-cache': IMAGE,
  })
  const { code, stderr } = await place.fetch(['x86_64'], async (pid) => {
    await vi.waitUntil(() => existsSync(place.path('started')), { timeout: 10_000 })
    process.kill(pid, 'SIGTERM')
  })
  expect({ code, stderr }).toEqual({ code: 143, stderr: '' })
  expect(existsSync(place.path('late'))).toBe(true)
  expect(readdirSync(place.cache)).toEqual([])
})
