import tseslint from 'typescript-eslint'

/** The conventions that a tool can hold; `docs/lifecycle.md` and the README tell the rest. */
export default tseslint.config(
  { ignores: ['**/node_modules/', '.data/', '**/*.generated.ts', 'console/gql/', 'console/dist/', 'prisma/generated/', 'eslint.config.js', '.dependency-cruiser.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 3],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      'no-restricted-syntax': [
        'error',
        { selector: "MemberExpression[object.name='process'][property.name='env']", message: 'Only gateway/config.ts reads the environment.' },
      ],
      'no-console': 'error',
    },
  },
  { files: ['gateway/config.ts', 'console/build.ts', 'test/**', 'bench/**'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['test/**', 'bench/**', 'demo/**'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['test/**', 'bench/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
)
