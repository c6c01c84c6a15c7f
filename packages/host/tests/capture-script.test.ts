import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Capture, orderCapture, parseCapture } from '@memhp/capture'
import { isBinaryFile } from '@memhp/kernel-files'
import { describe, expect, test } from 'vitest'
import { captureScript, hostTree, takeCapture } from '../src/index'
import { layOut, pageFlags, put, readReal, temporaryFolder } from './sysroot'

/** Where a command is; undefined where it is not. */
function commandPath(name: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

interface Shell {
  readonly name: string
  /** Command and first arguments. */
  readonly shell: readonly string[]
  /** Folder of commands that come first on the PATH; `alone` means that there are no others. */
  readonly commands: { readonly awk: string } | 'busybox'
}

/** dash with each awk that is here, and busybox for everything. */
function shells(): Shell[] {
  const dash = commandPath('dash') ?? 'sh'
  const found: Shell[] = ['mawk', 'gawk', 'original-awk'].flatMap((name) => {
    const awk = commandPath(name)
    return awk === undefined ? [] : [{ name: `dash and ${name}`, shell: [dash], commands: { awk } }]
  })
  const busybox = commandPath('busybox')
  if (busybox !== undefined) {
    found.push({ name: 'busybox', shell: [busybox, 'sh'], commands: 'busybox' })
  }
  return found
}

function run(
  { shell, commands }: Shell,
  args: readonly string[],
  {
    od,
    ...options
  }: { readonly uid?: number /** A script instead of it. */; readonly od?: string } = {},
): string {
  const folder = temporaryFolder()
  chmodSync(folder, 0o755)
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  if (commands === 'busybox') execFileSync(shell[0] ?? '', ['--install', '-s', bin])
  else symlinkSync(commands.awk, join(bin, 'awk'))
  if (od !== undefined) {
    rmSync(join(bin, 'od'), { force: true })
    writeFileSync(join(bin, 'od'), `#!/bin/sh\n${od}\n`, { mode: 0o755 })
  }
  const script = join(folder, 'capture.sh')
  writeFileSync(script, captureScript())
  const [command = '', ...first] = shell
  return execFileSync(command, [...first, script, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { PATH: commands === 'busybox' ? bin : `${bin}:/usr/bin:/bin` },
    ...options,
  })
}

const comparable = ({ takenAt: _time, tool: _tool, ...rest }: Capture) => rest

const real = await readReal('x86_64-dimms-zones')

/** A sysroot with everything that is hard to print. */
function hardSysroot(): string {
  const root = temporaryFolder()
  layOut(real, root)
  const flags = pageFlags(real).subarray(0, -8 * 12_345)
  // An offline block of a kernel since 6.16.
  const offline = (real.pages?.blocks ?? []).find(
    ({ id }) => real.files[`/sys/devices/system/memory/memory${id}/state`] === 'offline\n',
  )
  const pages = 2 ** 15
  if (offline !== undefined) flags.fill(0, 8 * pages * offline.id, 8 * pages * (offline.id + 1))
  put(root, '/proc/kpageflags', flags)
  put(root, '/proc/sys/kernel/arch', 'x86_64\n')
  put(root, '/proc/sys/kernel/osrelease', '6.1.0-56-cloud-amd64\n')
  put(root, '/proc/sys/kernel/hostname', 'a "host"\n')
  put(
    root,
    '/proc/cpuinfo',
    'processor\t: 0\nflags\t\t: fpu la57 pse hypervisor\n\nprocessor\t: 1\n',
  )
  const memory = '/sys/devices/system/memory/memory1'
  chmodSync(join(root, memory, 'valid_zones'), 0o644)
  put(root, `${memory}/valid_zones`, 'a "quoted" \\ back\tslash \u0002 \u007f é\nno newline')
  put(root, '/sys/module/memory_hotplug/parameters/empty', '')
  return root
}

const found = shells()
/** busybox is slow, and so is a machine that does other things as well. */
const TIMEOUT_MS = 60_000

describe.each(found.map((shell) => [shell.name, shell] as const))(
  'the script under %s',
  { timeout: TIMEOUT_MS },
  (_, shell) => {
    test('prints what takeCapture takes', async () => {
      const root = hardSysroot()
      const printed = parseCapture(run(shell, ['--pages', '--hostname', '--sysroot', root]))
      const taken = await takeCapture(hostTree({ sysroot: root }), { hostname: true })
      expect(comparable(orderCapture(printed))).toEqual(comparable(taken))
      expect(printed.tool).toMatch(/^memhp-capture\.sh /)
      expect(printed.takenAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    })

    test('prints the device tree of a POWER host byte by byte', async () => {
      const power = await readReal('ppc64le-radix-three-nodes')
      const root = temporaryFolder()
      layOut(power, root)
      const options = ['--sysroot', root, '--arch', 'ppc64le']
      const printed = parseCapture(run(shell, options))
      const taken = await takeCapture(hostTree({ sysroot: root }), {
        arch: 'ppc64le',
        pages: false,
      })
      expect(comparable(orderCapture(printed))).toEqual(comparable(taken))
      const properties = Object.keys(power.files).filter(isBinaryFile)
      expect(properties).toHaveLength(4)
      for (const path of properties) expect(printed.files[path]).toBe(power.files[path])
    })

    describe('a file of bytes of which some do not come through', () => {
      const path = '/sys/firmware/devicetree/base/ibm,drc-indexes'

      /** @param often in which of its runs `od` loses a byte, as a condition on their number */
      function captureWithLosses(often: string): Capture {
        const root = temporaryFolder()
        layOut(real, root)
        put(root, path, Buffer.from('0102ff', 'hex'))
        const runs = `"${root}/runs"`
        const od = `echo >>${runs}
if [ $(wc -l <${runs}) ${often} ]; then echo 0000000 01 02; else echo 0000000 01 02 ff; fi
echo 0000003`
        return parseCapture(run(shell, ['--sysroot', root, '--arch', 'ppc64le'], { od }))
      }

      test('is read anew', () => {
        expect(captureWithLosses('-le 3').files[path]).toBe('\u0001\u0002\u00ff')
      })

      test('is told as unreadable where it loses some each time', () => {
        const { files, unreadable } = captureWithLosses('-gt 0')
        expect(files[path]).toBeUndefined()
        expect(unreadable).toContainEqual(expect.objectContaining({ path, errno: 'EIO' }))
      })
    })

    test('counts no pages unless it is asked to', async () => {
      const root = hardSysroot()
      const printed = parseCapture(run(shell, ['--sysroot', root]))
      const taken = await takeCapture(hostTree({ sysroot: root }), { pages: false })
      expect(comparable(orderCapture(printed))).toEqual(comparable(taken))
    })

    test('says what is missing or hidden', async () => {
      const root = temporaryFolder()
      const { '/proc/zoneinfo': _zoneinfo, ...files } = real.files
      const masked = (real.files['/proc/iomem'] ?? '').replaceAll(/\b[0-9a-f]{8,}\b/g, '00000000')
      layOut({ ...real, files: { ...files, '/proc/iomem': masked } }, root)
      const printed = parseCapture(run(shell, ['--pages', '--sysroot', root, '--arch', 'x86_64']))
      const taken = await takeCapture(hostTree({ sysroot: root }), { arch: 'x86_64' })
      expect(comparable(orderCapture(printed))).toEqual(comparable(taken))
      expect(printed.unreadable.map(({ path, errno }) => `${path} ${errno}`).sort()).toEqual([
        '/proc/iomem EPERM',
        '/proc/kpageflags ENOENT',
        '/proc/zoneinfo ENOENT',
      ])
    })

    test.runIf(process.getuid?.() === 0)('says what only root can read', () => {
      const root = hardSysroot()
      chmodSync(root, 0o755)
      chmodSync(join(root, '/proc/kpageflags'), 0o400)
      const printed = parseCapture(run(shell, ['--pages', '--sysroot', root], { uid: 65534 }))
      expect(printed.unreadable.map(({ path, errno }) => `${path} ${errno}`).sort()).toEqual([
        '/proc/kpageflags EACCES',
        '/proc/pagetypeinfo EACCES',
      ])
      expect(printed.modes['/proc/pagetypeinfo']).toBe('400')
    })

    test.runIf(process.getuid?.() === 0)('names a block that only root can list', () => {
      const root = hardSysroot()
      chmodSync(root, 0o755)
      chmodSync(join(root, '/sys/devices/system/memory/memory0'), 0o700)
      const printed = parseCapture(run(shell, ['--sysroot', root], { uid: 65534 }))
      expect(printed.unreadable.map(({ path, errno }) => `${path} ${errno}`)).toContain(
        '/sys/devices/system/memory/memory0 EACCES',
      )
    })

    test('captures a host without ACPI, and one of Power', async () => {
      const root = temporaryFolder()
      const isAcpi = (path: string): boolean => /acpi|LNXSYSTM/i.test(path)
      const without = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
        Object.fromEntries(Object.entries(entries).filter(([path]) => !isAcpi(path)))
      layOut(
        {
          ...real,
          files: without(real.files),
          links: without(real.links),
          modes: without(real.modes),
          directories: ['/sys/bus/acpi/devices'],
        },
        root,
      )
      put(root, '/proc/cpuinfo', 'processor\t: 0\n\ntimebase\t: 512000000\nMMU\t\t: Radix\n')
      put(root, '/sys/kernel/dlpar', 'memory,cpu\n')
      const printed = parseCapture(run(shell, ['--sysroot', root, '--arch', 'ppc64le']))
      const taken = await takeCapture(hostTree({ sysroot: root }), {
        arch: 'ppc64le',
        pages: false,
      })
      expect(comparable(orderCapture(printed))).toEqual(comparable(taken))
      expect(printed).toMatchObject({ arch: 'ppc64le', cpu: { flags: [], mmu: 'Radix' } })
      expect(printed.directories).toEqual(['/sys/bus/acpi/devices'])
    })

    test('ends with a message where there is nothing to capture', () => {
      const root = temporaryFolder()
      expect(() => run(shell, ['--sysroot', root])).toThrow(/no memory hot-plug here/)
      expect(() => run(shell, ['--what'])).toThrow(/unknown option --what/)
    })
  },
)

test('the script was tried under dash and under busybox', ({ skip }) => {
  const isDesk = process.env.CI === undefined
  skip(isDesk && commandPath('busybox') === undefined, 'no busybox on this desk; CI installs it')
  expect(found.map(({ name }) => name)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^dash/), 'busybox']),
  )
})
