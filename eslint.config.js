import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const syntax = {
  slowCollation: {
    selector: 'MemberExpression[property.name=/^(localeCompare|toLocale)/]',
    message: 'Loads ICU at the first call (10 ms); compare with <.',
  },
  importMeta: {
    selector: 'MetaProperty[meta.name="import"]',
    message: 'The bundle is CommonJS: there is no import.meta.',
  },
  dynamicImport: {
    selector: 'ImportExpression[source.type!="Literal"]',
    message: 'The bundler must see what is imported.',
  },
};

const oclifExit = {
  selector: 'CallExpression[callee.object.type="ThisExpression"][callee.property.name=/^(exit|error)$/]',
  message: 'Throw an OsmTsError, or return this.exitWith(code): standard output may still be full.',
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'always' }],
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'Intl', message: 'Loads ICU at the first use.' }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only bin/ ends the process.' },
      ],
      'no-restricted-syntax': ['error', ...Object.values(syntax)],
    },
  },
  {
    files: ['src/lib/simulator/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'Buffer', 'console', 'fetch', 'Date', 'performance', 'setTimeout', 'setInterval', 'Intl'].map(
          (name) => ({
            name,
            message: 'The simulator is pure: no input, output or clock.',
          }),
        ),
      ],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'The simulator is pure.' }],
    },
  },
  {
    files: ['src/commands/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...Object.values(syntax), oclifExit],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['describe', 'it', 'context'].flatMap((object) => [
          { object, property: 'only', message: 'All tests run.' },
          { object, property: 'skip', message: 'All tests run.' },
        ]),
      ],
      // A test may know better than the types what it has made.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
  {
    files: ['bin/*.js', '**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        ['require', 'module', '__dirname', 'process', 'console', 'Buffer'].map((name) => [name, 'writable']),
      ),
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['bin/*.js', '**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
  },
);
