// Only what Biome cannot check: rules that need types, and globals that break determinism.
import tseslint from 'typescript-eslint'

/** Packages that live on Node. All others run the same anywhere and have no clock of their own. */
const ON_NODE = ['host']

export default tseslint.config(
  { ignores: ['**/dist/**', '.tools/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      parser: tseslint.parser,
      // One program for all: a program for each package costs twice as much.
      parserOptions: {
        project: ['tsconfig.json', 'apps/dashboard/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['packages/*/**/*.ts'],
    ignores: ON_NODE.map((name) => `packages/${name}/**`),
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'Date', message: 'Take the time from the machine’s clock.' },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message: 'Draw from a random stream of the machine.',
        },
      ],
    },
  },
)
