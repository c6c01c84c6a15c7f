// Inputs for the model itself: descriptions of a wrong type, and callbacks that throw or ask for more.
import * as fc from 'fast-check'
import { DESCRIPTION_NAMES } from '../bases'
import type { Callback, CallbackAct, MachineInput } from '../input'
import { operation } from './operations'
import { dataDamages } from './values'

const base = fc.constantFrom(...DESCRIPTION_NAMES)

/** A description that is damaged, and some operations where a machine is made of it all the same. */
export const descriptionInput: fc.Arbitrary<MachineInput> = fc.record({
  kind: fc.constant('description' as const),
  base,
  damages: dataDamages,
  operations: fc.array(operation, { maxLength: 4 }),
  callbacks: fc.constant<Callback[]>([]),
})

const act: fc.Arbitrary<CallbackAct> = fc.oneof(
  fc.record({
    act: fc.constant('throw' as const),
    what: fc.constantFrom('error' as const, 'text' as const, 'refusal' as const),
  }),
  fc.record({
    act: fc.constant('answer' as const),
    answer: fc.constantFrom('ok', 'bad', 'EBUSY', 'ENOMEM', 'nonsense', ''),
  }),
  fc.record({ act: fc.constant('operate' as const), operation }),
  fc.constantFrom<CallbackAct>({ act: 'read' }, { act: 'leave' }, { act: 'join' }),
)

const callback: fc.Arbitrary<Callback> = fc.record({
  on: fc.constantFrom('observer' as const, 'notifier' as const),
  from: fc.nat(12),
  times: fc.constantFrom(1, 2, 1000),
  does: act,
})

/** Operations on a good machine that calls back while it works. */
export const callbacksInput: fc.Arbitrary<MachineInput> = fc.record({
  kind: fc.constant('callbacks' as const),
  base,
  damages: fc.constant([]),
  operations: fc.array(operation, { minLength: 1, maxLength: 12 }),
  callbacks: fc.array(callback, { minLength: 1, maxLength: 3 }),
})
