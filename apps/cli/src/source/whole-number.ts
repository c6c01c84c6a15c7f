import { InvalidArgumentError } from 'commander'

const LARGEST = 2 ** 32

/** Reads a whole number of a flag. @throws InvalidArgumentError that says what is expected */
export const wholeNumber =
  (what: string, least: number, limit: number = LARGEST) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= limit) return number
    throw new InvalidArgumentError(`expected ${what}, ${least} to ${limit}.`)
  }
