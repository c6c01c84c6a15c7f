import { HotplugError, type Machine } from '@memhp/core'
import { coreInjectionPoints, injectFault } from '@memhp/core/inspect'
import type { InjectionPoint } from '@memhp/core/plugin'
import { DIALECTS } from '@memhp/platforms/dialects'
import type { FaultWish, PassedPoint, PointView } from '../protocol/timeline'

/** Every injection point, of core and of firmware. */
const pointsByName = (): ReadonlyMap<string, InjectionPoint> =>
  new Map(
    [...coreInjectionPoints(), ...DIALECTS.flatMap(({ walk }) => walk.sweep?.points ?? [])].map(
      (point) => [point.name, point],
    ),
  )

/** Where a watch stands: the deed under way, from 0; null between two. */
type DeedUnderWay = () => number | null

/** Writes down which injection points are passed, and makes the wished one fail. */
export class PointWatch {
  readonly #known = pointsByName()
  readonly #wish: FaultWish | null
  readonly #deedUnderWay: DeedUnderWay
  readonly #end: () => void
  /** How often each point was passed in this deed. */
  readonly #passes = new Map<string, number>()
  readonly #met = new Set<string>()
  #since = new Map<string, { readonly first: number; times: number }>()
  #hasFailed = false
  #isLooking = false

  constructor(machine: Machine, wish: FaultWish | null, deedUnderWay: DeedUnderWay) {
    this.#wish = wish
    this.#deedUnderWay = deedUnderWay
    this.#end = injectFault(machine, (point) => this.#pass(point))
  }

  /** Whether the wished point has failed. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Does something that only looks: points that it passes are not of the deed, and do not fail. */
  whileLooking(look: () => void): void {
    this.#isLooking = true
    try {
      look()
    } finally {
      this.#isLooking = false
    }
  }

  /** The next deed counts from 0. */
  begin(): void {
    this.#passes.clear()
    this.#since.clear()
  }

  /** Points passed since this was last asked, in the order in which they were first passed. */
  take(): readonly PassedPoint[] {
    const passed = [...this.#since].map(([point, { first, times }]) => ({ point, first, times }))
    this.#since = new Map()
    return passed
  }

  /** Of every point that was passed: what fails there. */
  told(): Readonly<Record<string, PointView>> {
    return Object.fromEntries(
      [...this.#met].flatMap((name) => {
        const known = this.#known.get(name)
        return known === undefined ? [] : [[name, { what: known.what, errno: known.errno }]]
      }),
    )
  }

  end(): void {
    this.#end()
  }

  #pass(point: string): HotplugError | undefined {
    const deed = this.#deedUnderWay()
    if (deed === null || this.#isLooking) return undefined
    const pass = this.#passes.get(point) ?? 0
    this.#passes.set(point, pass + 1)
    this.#met.add(point)
    const since = this.#since.get(point)
    if (since === undefined) this.#since.set(point, { first: pass, times: 1 })
    else since.times += 1
    const wish = this.#wish
    const isWished =
      wish?.deed === deed && wish.point === point && (wish.pass === null || wish.pass === pass)
    if (!isWished) return undefined
    this.#hasFailed = true
    const known = this.#known.get(point)
    const text = `${known?.what ?? point} was made to fail here.`
    return new HotplugError('FAULT_INJECTED', known?.errno ?? 'EBUSY', text, { detail: { point } })
  }
}
