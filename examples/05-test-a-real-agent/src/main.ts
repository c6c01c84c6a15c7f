// Tests two agents as they are, one a shell script, one in Python: each runs as if the machine of the model were this host.
// Needs /dev/fuse, and root or a namespace of the user (unshare -Urm npm start).
import { strict as assert } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { x86_64 as x86 } from '@memhp/arch-x86'
import {
  createMachine,
  GIB,
  injectNotifierError,
  platformOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { MountError, mountMachine } from '@memhp/mount'

const agent = (name: string): string => fileURLToPath(new URL(`../agents/${name}`, import.meta.url))

async function testAgents(): Promise<void> {
  const machine = createMachine(
    {
      arch: 'x86_64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: { acpi: { slots: 2 } },
    },
    { archs: [x86], drivers: [acpiDriver], subsystems: SUBSYSTEMS },
  )
  platformOf(machine, 'acpi').plug(machine, { id: 'dimm0', sizeBytes: GIB / 2, node: 0 })
  settle(machine)
  await using mounted = await mountMachine(machine)

  const grown = await mounted.run('sh', [agent('online-all.sh')]).result
  const blocks = ['memory32', 'memory33', 'memory34', 'memory35']
  assert.equal(grown.stdout, blocks.map((block) => `online ${block}\n`).join(''))

  // A kernel that refuses: the agent must say so, and must not go on for ever.
  injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: 'EBUSY' })
  const refused = await mounted.run('python3', [agent('shrink.py'), String(GIB / 4)]).result
  if (refused.status === 127)
    return console.log('NOT RUN: the agent in Python, for python3 is missing')
  assert.equal(refused.status, 1)
  assert.equal(
    refused.stdout,
    [...blocks]
      .reverse()
      .map((block) => `${block}: EBUSY\n`)
      .join(''),
  )

  injectNotifierError(machine, { event: 'MEM_GOING_OFFLINE', errno: null })
  const shrunk = await mounted.run('python3', [agent('shrink.py'), String(GIB / 4)]).result
  assert.deepEqual([shrunk.status, shrunk.stdout], [0, 'memory35: offline\nmemory34: offline\n'])
  console.log(grown.stdout + refused.stdout + shrunk.stdout)
}

try {
  await testAgents()
} catch (error) {
  if (!(error instanceof MountError)) throw error
  console.log(`NOT RUN: ${error.message}. Try: ${error.remedy}`)
}
