import { expect, test } from 'vitest'
import { RULE_EVIDENCE } from '../packages/conformance/src/rule-evidence'
import { CHANGES, looksOf } from '../packages/core/src/generation/changes'
import { recordingText } from '../recordings/index'
import { ruleKeys } from '../scripts/generation-rules'
import { kernelsPage } from '../scripts/kernels-page'
import { readText } from '../scripts/workspace'

test('docs/kernels.md says what the table of changes says (pnpm docs:kernels writes it)', () => {
  expect(readText('docs/kernels.md')).toBe(kernelsPage())
})

test('each change has a name, a sentence, and kernels with it and without it that were looked at', () => {
  const names = CHANGES.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const change of CHANGES) {
    const { name, what } = change
    const looked = new Set(looksOf(change).map(({ isThere }) => isThere))
    expect([name, /^[A-Z/h].*\.$/.test(what), looked.size]).toEqual([name, true, 2])
  }
})

test('rules of which evidence is told are rules, and what shows them are recordings of that kernel', () => {
  const rules = new Set(ruleKeys().map(({ group, key }) => `${group}.${key}`))
  for (const [rule, shown] of Object.entries(RULE_EVIDENCE)) {
    expect(rules).toContain(rule)
    for (const [release, path] of Object.entries(shown)) {
      const { kernel } = JSON.parse(recordingText(path)) as { readonly kernel: string }
      expect([rule, path, kernel.startsWith(release)]).toEqual([rule, path, true])
    }
  }
})
