import { test } from 'vitest'
import { rehearse } from '../src/index'
import { guest, topologyOfMachine } from './machines'

test('x', async () => {
  const machine = guest()
  const t = await topologyOfMachine(machine)
  const r = await rehearse(machine, t, { kind: 'device', devices: ['PNP0C80:01'] })
  console.log(
    JSON.stringify(r.plan.blocks[0]),
    r.outcome,
    r.execution.inconsistencies,
    r.execution.journal.at(-1),
    r.diagnosis,
  )
  console.log(JSON.stringify(r.before), JSON.stringify(r.after))
  console.table(r.balance.rows)
})
