// Launches a stand-in for QEMU (argument 2), prints its process id, and ends as argument 1 says.
import { launchGuest } from '../src/index'

const [how, qemu = '/nowhere', monitorPath = '/nowhere'] = process.argv.slice(2)
const guest = await launchGuest({
  machine: 'x86_64',
  memory: { nodes: [{ mib: 64 }] },
  kernel: '/dev/null',
  qemu,
  qemuArguments: ['-fake', 'well'],
  monitorPath,
})
console.log(guest.pid)
if (how === 'exit') process.exit(0)
if (how === 'throw') throw new Error('on purpose')
setInterval(() => {}, 1000)
