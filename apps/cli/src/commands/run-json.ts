import type { Scenario, ScenarioResult, StepReport } from '@memhp/scenario'

/** Version of the document. It grows when a field changes its meaning or goes. */
const JSON_VERSION = 1

function stepJson({ step, ...report }: StepReport): object {
  const { number, place, note, action } = step
  return { number, place, note, action, ...report }
}

/** Runs as one document. */
export function runJson(
  runs: readonly { readonly scenario: Scenario; readonly result: ScenarioResult }[],
): string {
  const scenarios = runs.map(({ scenario, result }) => ({
    name: scenario.name,
    title: scenario.title,
    stepCount: scenario.steps.length,
    assumptions: result.assumptions,
    steps: result.steps.map(stepJson),
    failures: result.failures,
  }))
  return `${JSON.stringify({ version: JSON_VERSION, scenarios }, null, 2)}\n`
}
