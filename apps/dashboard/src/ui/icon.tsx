import type { JSX } from 'preact'

const PATHS = {
  first: 'M1.5 3h2v10h-2zM9.5 3v10l-5-5zM15 3v10l-5-5z',
  back: 'M12 3v10L4 8z',
  play: 'M4 2.5v11L13 8z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  on: 'M3 3v10l7-5zM11 3h2v10h-2z',
  last: 'M1 3v10l5-5zM6.5 3v10l5-5zM12.5 3h2v10h-2z',
  sun: 'M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM7.4 0h1.2v3H7.4zM7.4 13h1.2v3H7.4zM0 7.4h3v1.2H0zM13 7.4h3v1.2h-3z',
  moon: 'M6 1.5A7 7 0 1 0 14.5 10 5.8 5.8 0 0 1 6 1.5z',
} as const

/** Name of a picture. */
export type IconName = keyof typeof PATHS

/** A small picture in the colour of the text around it. */
export const Icon = ({ name }: { readonly name: IconName }): JSX.Element => (
  <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
    <path d={PATHS[name]} fill="currentColor" />
  </svg>
)
