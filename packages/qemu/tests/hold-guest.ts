// Launches a stand-in for QEMU, prints its process id, and ends as its argument says.
import { fileURLToPath } from 'node:url'
import { launchGuest } from '../src/index'

const guest = await launchGuest({
  machine: 'x86_64',
  memory: { nodes: [{ mib: 64 }] },
  kernel: '/dev/null',
  qemu: fileURLToPath(new URL('./fake-qemu.mjs', import.meta.url)),
  qemuArguments: ['-fake', 'well'],
  monitorPath: process.argv[3] ?? '/nowhere',
})
console.log(guest.pid)
const how = process.argv[2]
if (how === 'exit') process.exit(0)
if (how === 'throw') throw new Error('on purpose')
setInterval(() => {}, 1000)
