import type { JSX } from 'preact'

/** What one could do about a refusal. */
export const Remedies = ({ remedies }: { readonly remedies: readonly string[] }): JSX.Element => (
  <>
    <h3>What would help</h3>
    <ul class="remedies">
      {remedies.map((remedy) => (
        <li key={remedy}>{remedy}</li>
      ))}
    </ul>
  </>
)
