import type { Check, CheckWant } from '../format/check'
import { PATH_BASE } from '../format/path'
import type { ExpectForm } from '../schema/expect'
import type { CuredForm } from '../schema/scenario'
import { parseNumberList } from '../text'
import type { SourceDocument } from './document'

type Entry = readonly [keys: readonly string[], want: CheckWant]

const absolute = (path: string): string => (path.startsWith('/') ? path : `${PATH_BASE}/${path}`)

/** Makes checks of one key of `expect`. The keys lead from `expect` to where each check stands. */
type Maker<Key extends keyof ExpectForm> = (value: NonNullable<ExpectForm[Key]>) => readonly Entry[]

const one =
  <Value>(make: (value: Value) => CheckWant): ((value: Value) => readonly Entry[]) =>
  (value) => [[[], make(value)]]

const each =
  <Value>(make: (value: Value, key: string) => CheckWant) =>
  (values: Readonly<Record<string, Value>>): readonly Entry[] =>
    Object.entries(values).map(([key, value]) => [[key], make(value, key)])

const MAKERS: { readonly [Key in keyof ExpectForm]-?: Maker<Key> } = {
  blocks: each((want, key) => ({ kind: 'blocks', blocks: parseNumberList(key) ?? [], want })),
  zones: each((want, zone) => ({ kind: 'zone', zone, want })),
  nodes: each((text, list) => ({ kind: 'nodes', list, text })),
  iomem: one((want) => ({ kind: 'file', path: '/proc/iomem', want })),
  files: each((want, path) => ({ kind: 'file', path: absolute(path), want })),
  log: one((want) => ({ kind: 'log', want })),
  uevents: one((uevents) => ({ kind: 'uevents', uevents })),
  platform: one((events) => ({ kind: 'platform', events })),
  plugged: one((ids) => ({ kind: 'plugged', ids })),
  'mem-total': one((changeBytes) => ({ kind: 'mem-total', changeBytes })),
  kthreads: one((nodes) => ({ kind: 'kthreads', nodes })),
  intact: one((names) => ({ kind: 'intact', names })),
  'same-as': one((snapshot) => ({ kind: 'same-as', snapshot })),
  'differs-from': one((snapshot) => ({ kind: 'differs-from', snapshot })),
}

function entriesOf(expect: ExpectForm, key: keyof ExpectForm): readonly Entry[] {
  // The maker of a key takes the value of that key; the compiler does not follow a key through two tables.
  const make = MAKERS[key] as Maker<keyof ExpectForm>
  const value = expect[key]
  return value === undefined ? [] : make(value)
}

const byPlace = (a: Check, b: Check): number =>
  a.place.line - b.place.line || a.place.column - b.place.column

/** The checks under `expect`, in the order of the file. @param keys lead to `expect` */
function expectedChecks(
  expect: ExpectForm,
  keys: readonly PropertyKey[],
  document: SourceDocument,
): readonly Check[] {
  return (Object.keys(expect) as (keyof ExpectForm)[])
    .flatMap((key) =>
      entriesOf(expect, key).map(([inner, want]) => ({
        place: document.placeOfKey([...keys, key, ...inner]),
        want,
      })),
    )
    .sort(byPlace)
}

/** Every check of a step: the refusal that it wants, then what stands under `expect`. @param keys lead to the step */
export function checksOfStep(
  step: CuredForm,
  keys: readonly PropertyKey[],
  document: SourceDocument,
): readonly Check[] {
  const { errno, code, expect } = step
  const checks: Check[] = []
  if (errno !== undefined || code !== undefined) {
    const want = {
      kind: 'refused' as const,
      ...(errno === undefined ? {} : { errno }),
      ...(code === undefined ? {} : { code }),
    }
    checks.push({
      place: document.placeOfKey([...keys, errno === undefined ? 'code' : 'errno']),
      want,
    })
  }
  if (expect !== undefined) checks.push(...expectedChecks(expect, [...keys, 'expect'], document))
  return checks
}
