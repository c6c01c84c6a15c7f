import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Guest, type StartOptions, startGuest } from '@memhp/qemu'
import { type CliRun, spawnCli } from './run-cli'

const BRIDGE = fileURLToPath(new URL('reached-bridge.mjs', import.meta.url))

/** A guest that the command reaches by a shell at the end of a line, with a second monitor. */
export interface ReachedGuest extends AsyncDisposable {
  readonly guest: Guest
  readonly folder: string
  readonly monitor: string
  /** Flags that name the shell. */
  readonly shell: readonly string[]
  /** State and zone of every block. */
  states(): Promise<string>
  /** Runs the command, with journals in the folder. */
  memhp(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<CliRun>
}

/**
 * What serves one connection after another. The port stays open: closing it throws away what has come meanwhile.
 * Source: drivers/char/virtio_console.c, port_fops_release, port_fops_write.
 */
const SHELL = `
for port in /dev/vport*p1; do :; done
exec 3<>$port
while :; do
  word=
  echo >&3
  while [ "\${word:-exit}" = exit ]; do read -r word <&3 || continue 2; done
  echo "@$word" >&3
  sh <&3 >&3 2>/dev/null
done`

const STATES = `
cd /sys/devices/system/memory
for b in memory*; do read -r s <$b/state; z=; [ $s = offline ] || read -r z <$b/valid_zones; echo "$b $s $z"; done`

/** Boots one. */
export async function reachGuest(options: StartOptions): Promise<ReachedGuest> {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-reached-'))
  const socket = join(folder, 'far')
  const monitor = join(folder, 'monitor')
  const guest = await startGuest({
    ...options,
    monitorPath: monitor,
    modules: ['virtio_pci?', 'virtio_console?', ...(options.modules ?? [])],
    qemuArguments: [
      ...['-device', 'virtio-serial-pci,id=far'],
      ...['-chardev', `socket,id=far,path=${socket},server=on,wait=off`],
      ...['-device', 'virtserialport,bus=far.0,chardev=far,name=far'],
      ...(options.qemuArguments ?? []),
    ],
  })
  await guest.run(`(${SHELL}) </dev/null >/dev/null 2>&1 &`)
  return {
    guest,
    folder,
    monitor,
    shell: ['--ssh', 'guest', '--ssh-command', `${process.execPath} ${BRIDGE} ${socket}`],
    states: async () => (await guest.run(STATES)).stdout,
    memhp: (args, environment = {}) =>
      spawnCli(args, {
        environment: { MEMHP_STATE_DIR: join(folder, 'state'), ...environment },
      }),
    [Symbol.asyncDispose]: async () => {
      await guest.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
