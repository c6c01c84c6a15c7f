import { describe, expect, test } from 'vitest'
import {
  dependencyViolations,
  type Import,
  importViolation,
  roomCircle,
} from '../scripts/import-rules'
import type { Manifest, Package } from '../scripts/workspace'

function library(name: string, fields: Partial<Manifest> = {}): Package {
  const manifest = { name: `@memhp/${name}`, exports: { '.': {}, './vitest': {} }, ...fields }
  return { folder: `packages/${name}`, manifest }
}

const core = library('core')
const arch = library('arch-x86', { peerDependencies: { '@memhp/core': '*' } })
const twin = library('twin', {
  dependencies: { '@memhp/core': '*', '@memhp/gone': '*', yaml: '*' },
  devDependencies: { '@memhp/arch-x86': '*' },
})

const violation = (imported: Omit<Import, 'inTest'>, inTest = false): string | undefined =>
  importViolation({ ...imported, inTest }, [core, arch, twin])

describe('an import', () => {
  const file = 'packages/twin/src/boot/twin.ts'

  test.each(['./memory', '../index', '@memhp/core', '@memhp/core/vitest', 'yaml', 'node:fs'])(
    'of %s by twin is fine',
    (specifier) => {
      expect(violation({ importer: twin, file, specifier })).toBeUndefined()
    },
  )

  test.each([
    ['../../../core/src/index', 'leaves the package'],
    ['@memhp/core/src/index', 'is not exported by @memhp/core'],
    ['@memhp/gone', 'is not a package of this workspace'],
    ['@memhp/arch-x86', 'is not a dependency of @memhp/twin'],
    ['vitest/config', 'vitest is not a dependency of @memhp/twin'],
  ])('of %s by twin is refused', (specifier, reason) => {
    expect(violation({ importer: twin, file, specifier })).toContain(reason)
  })

  test.each(['@memhp/arch-x86', 'vitest'])('of %s by a test of twin is fine', (specifier) => {
    expect(violation({ importer: twin, file, specifier }, true)).toBeUndefined()
  })

  test("of what the tests of all packages share is a test's alone", () => {
    const specifier = '../../../../tests/thorough'
    const imports = (inTest: boolean): string | undefined =>
      violation({ importer: twin, file, specifier }, inTest)
    expect([imports(true), imports(false)]).toEqual([undefined, `${specifier} leaves the package`])
  })
})

test('an application is bundled: it may import what is installed for its build alone', () => {
  const manifest = { name: 'memhp', devDependencies: { '@memhp/core': '*', yaml: '*' } }
  const importer: Package = { folder: 'apps/cli', manifest }
  const imports = (specifier: string): string | undefined =>
    violation({ importer, file: 'apps/cli/src/main.ts', specifier })
  expect(['@memhp/core', 'yaml'].map(imports)).toEqual([undefined, undefined])
  expect(imports('commander')).toBe('commander is not a dependency of memhp')
})

describe('a dependency', () => {
  test('downward is fine', () => {
    const above = library('twin', { dependencies: { '@memhp/core': '*', '@memhp/capture': '*' } })
    expect([core, arch, above].flatMap(dependencyViolations)).toEqual([])
  })

  test('of a plugin on another plugin is refused, for its tests too', () => {
    const plugin = library('driver-acpi', { devDependencies: { '@memhp/arch-x86': '*' } })
    expect(dependencyViolations(plugin)).toEqual(['may not depend on @memhp/arch-x86'])
  })

  test('upward is refused', () => {
    const upward = library('capture', { dependencies: { '@memhp/twin': '*' } })
    expect(dependencyViolations(upward)).toEqual(['may not depend on @memhp/twin'])
  })

  test('of core is on the texts of the kernel, and on nothing else', () => {
    const light = library('core', { dependencies: { '@memhp/kernel-files': '*' } })
    expect(dependencyViolations(light)).toEqual([])
    const heavy = library('core', { dependencies: { yaml: '*' }, peerDependencies: { ms: '*' } })
    expect(dependencyViolations(heavy)).toEqual(['may not depend on yaml', 'may not depend on ms'])
  })

  test('of the texts of the kernel on anything is refused', () => {
    const upward = library('kernel-files', { dependencies: { '@memhp/core': '*', yaml: '*' } })
    expect(dependencyViolations(upward)).toEqual([
      'may not depend on @memhp/core',
      'may not depend on yaml',
    ])
  })

  test('of a package without a line in the table is refused', () => {
    expect(dependencyViolations(library('novel'))).toHaveLength(1)
  })
})

describe('rooms', () => {
  const inner = (file: string, target: string): { file: string; target: string } => ({
    file: `packages/core/src/${file}`,
    target: `packages/core/src/${target}`,
  })

  test('that import downward only, in files at any depth, form no circle', () => {
    const imports = [
      inner('boot/create.ts', 'model/machine'),
      inner('boot/late/blocks.ts', 'mapping/map-range'),
      inner('mapping/map-range.ts', 'model/machine'),
      inner('mapping/walk.ts', 'mapping/map-range'),
      inner('index.ts', 'boot/create'),
    ]
    expect(roomCircle(imports)).toBeUndefined()
  })

  test('that import each other by way of a third are named with the imports that tie them', () => {
    const circle = [
      inner('mapping/map-range.ts', 'allocator/allocate'),
      inner('allocator/allocate.ts', 'section/table'),
      inner('section/table.ts', 'mapping/walk'),
    ]
    const found = roomCircle([inner('boot/create.ts', 'mapping/map-range'), ...circle])
    expect(found).toEqual(circle)
  })
})
