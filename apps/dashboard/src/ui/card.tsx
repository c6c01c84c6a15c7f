import type { ComponentChildren, JSX } from 'preact'

/** A titled part of the side column. */
export function Card(props: {
  readonly title: string
  readonly aside?: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <section class={`card ${props.class ?? ''}`} aria-label={props.title}>
      <header class="card-head">
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  )
}
