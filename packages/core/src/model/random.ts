/** A stream of random choices that depends on its seed alone. @beta */
export interface Random {
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number
  /** A whole number from `least` to `most`. */
  between(bounds: { readonly least: number; readonly most: number }): number
  /** True in the given number of 100 cases. */
  percent(chance: number): boolean
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T
  /** One of the keys, each as likely as its weight. Invariant: some weight is above 0. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K
}
