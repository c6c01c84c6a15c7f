import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { runCli, spawnCli } from './run-cli'
import { temporaryFolder } from './sysroot'

/** A folder with commands that stand for apt's; `fetching` is what downloads. */
async function fakeApt(fetching: string): Promise<string> {
  const folder = await temporaryFolder()
  const commands = {
    'apt-get': `case "$*" in *download*) ${fetching};; esac`,
    'apt-cache': 'echo "  Depends: linux-image-6.1.0-1-cloud-amd64"',
  }
  for (const [name, script] of Object.entries(commands)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  return folder
}

describe('memhp verify --fetch', () => {
  it('without a network ends with 3, apt’s words and what to do', async () => {
    const environment = {
      PATH: await fakeApt('echo "E: Failed to fetch" >&2; exit 100'),
      MEMHP_GUEST_CACHE: await temporaryFolder(),
    }
    const run = await spawnCli(['verify', '--fetch', '--seed', '1'], { environment })
    expect(run).toMatchObject({ code: 3, stdout: '' })
    expect(run.stderr).toContain('failed with 100:\nE: Failed to fetch\nTry: check the network')
    expect(run.stderr).toMatch(/memhp: no kernel for x86_64\nTry: do what the lines above say.*\n$/)
  })

  it('that is interrupted ends what it has started, and leaves nothing', async () => {
    const cache = await temporaryFolder()
    const pidFile = join(await temporaryFolder(), 'pid')
    const run = await spawnCli(['verify', '--fetch', '--seed', '1'], {
      environment: {
        PATH: await fakeApt(`echo $$ >${pidFile}; exec /bin/sleep 600`),
        MEMHP_GUEST_CACHE: cache,
      },
      onStart: (child) =>
        void vi
          .waitUntil(() => existsSync(pidFile), { timeout: 30_000 })
          .finally(() => child.kill('SIGINT')),
    })
    expect(run).toEqual({ code: 130, stdout: '', stderr: 'memhp: interrupted\n' })
    const pid = Number(await readFile(pidFile, 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await readdir(cache)).toEqual([])
  })
})

describe('memhp verify --modules refuses', () => {
  const verify = async (folder: string): ReturnType<typeof runCli> =>
    runCli(['verify', '--seed', '1', '--modules', folder])

  it('a folder without a module', async () => {
    const folder = await temporaryFolder()
    const run = await verify(folder)
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain(`memhp: ${folder}: no kernel module (*.ko) in it\nTry: `)
  })

  it('a folder of packed modules, which are to be unpacked first', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'kernel'))
    await writeFile(join(folder, 'kernel/virtio_mem.ko.xz'), '')
    const run = await verify(folder)
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('(*.ko) in it; kernel/virtio_mem.ko.xz is packed\n')
    expect(run.stderr).toContain('unpack *.ko.xz, *.ko.zst and *.ko.gz first')
  })
})
