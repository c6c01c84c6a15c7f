import * as fc from 'fast-check'
import type { FuzzInput, Kind } from '../input'
import {
  captureInput,
  damagedScenario,
  flagsInput,
  reportInput,
  sysrootInput,
  traceInput,
} from './files'
import { callbacksInput, descriptionInput } from './machines'
import { drawnScenario } from './scenarios'
import { shellInput } from './scripts'

/** What the inputs of each kind are drawn from. */
export const INPUTS: { readonly [Name in Kind]: fc.Arbitrary<FuzzInput> } = {
  flags: flagsInput,
  capture: captureInput,
  sysroot: sysrootInput,
  trace: traceInput,
  scenario: fc.oneof(damagedScenario, drawnScenario),
  shell: shellInput,
  description: descriptionInput,
  callbacks: callbacksInput,
  report: reportInput,
}
