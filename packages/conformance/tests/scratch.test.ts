import { test } from 'vitest'
import { simulate, SimulationFailure } from '../src/index'
import { PLUGINS } from './plugins'

test('scratch', () => {
  const from = Number(process.env.FROM ?? 1), count = Number(process.env.COUNT ?? 20)
  const failures = new Map<string, string>()
  const t = performance.now()
  let done: Record<string, number> = {}, refused: Record<string, number> = {}
  for (let seed = from; seed < from + count; seed++) {
    try { const r = simulate({ seed, steps: 60, plugins: PLUGINS })
      for (const [k,v] of Object.entries(r.done)) done[k] = (done[k] ?? 0) + v
      for (const [k,v] of Object.entries(r.refused)) refused[k] = (refused[k] ?? 0) + v
    } catch (e) {
      if (!(e instanceof SimulationFailure)) throw e
      const c = e.cause as Error
      const key = c.message.replace(/\d+/g, 'N').slice(0, 160)
      if (!failures.has(key)) failures.set(key, `seed ${seed} step ${e.steps.length} ${JSON.stringify(e.steps.at(-1))}\n   ${c.message.slice(0,300)}\n  ${c.stack?.split('\n').slice(1, 4).join('\n  ')}`)
      else failures.set(key, failures.get(key) + ` +${seed}/${e.steps.length}`)
    }
  }
  console.log(JSON.stringify({ done, refused }), Math.round(performance.now() - t))
  for (const [k, v] of failures) console.log(v)
}, 600000)
