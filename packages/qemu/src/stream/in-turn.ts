/**
 * What does one thing after another.
 * @returns does what it is given when all that it was given before has ended, well or not @public
 */
export function inTurn(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const turn = last.then(act)
    last = turn.catch(() => {})
    return turn
  }
}
