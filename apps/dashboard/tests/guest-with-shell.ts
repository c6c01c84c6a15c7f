import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findGuestFiles, type Guest, startGuest } from '@memhp/qemu'

const BRIDGE = fileURLToPath(new URL('guest-bridge.mjs', import.meta.url))
/** Serves one connection. Until there is one nothing can be read from the port; the first line opens the shell. */
const SHELL = `
for port in /dev/vport*p1; do :; done
exec 3<>$port
until read -r word <&3; do sleep 0.2; done
exec sh <&3 >&3 2>/dev/null`

/** A guest of x86-64 that the command reaches by `flags`, once. */
export interface GuestWithShell extends AsyncDisposable {
  readonly guest: Guest
  readonly flags: readonly string[]
}

/** Boots one with an empty second node, and slots. */
export async function startGuestWithShell(bootMib: number): Promise<GuestWithShell> {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-dashboard-'))
  const socket = join(folder, 'shell')
  const guest = await startGuest({
    machine: 'x86_64',
    files: await findGuestFiles('x86_64'),
    memory: { nodes: [{ mib: bootMib }, { mib: 0 }], slots: 2, maxMib: 4096 },
    modules: ['virtio_pci?', 'virtio_console?'],
    qemuArguments: [
      ...['-device', 'virtio-serial-pci,id=far'],
      ...['-chardev', `socket,id=far,path=${socket},server=on,wait=off`],
      ...['-device', 'virtserialport,bus=far.0,chardev=far,name=far'],
    ],
  })
  await guest.run(`(${SHELL}) </dev/null >/dev/null 2>&1 &`)
  return {
    guest,
    flags: ['--ssh', 'guest', '--ssh-command', `${process.execPath} ${BRIDGE} ${socket}`],
    [Symbol.asyncDispose]: async () => {
      await guest.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
