// All fast tests of one room as a single test file for the mutation run: the modules load once
// a mutant and not once a test file, which is most of what a mutant costs.
const { readdirSync, readFileSync } = require('node:fs')
const path = require('node:path')

const text = (file) => readFileSync(file, 'utf8')
const tests = path.resolve(__dirname, '../test')
const files = process.env.MUTATION_TESTS.split(' ').flatMap((folder) =>
  readdirSync(path.join(tests, folder))
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.slow.test.ts'))
    .map((name) => path.join(tests, folder, name))
    // What runs in processes of its own cannot be told which change is tried, and what measures
    // time measures the instruments.
    .filter((file) => !text(file).includes('./compiled') && !file.includes('speed.test')),
)

// What replaces modules, or looks at a global registry, comes last and with modules of its own.
const mocks = (file) => /jest\.mock\(|'prom-client'/.test(text(file))
const loads = [
  ...files.filter((file) => !mocks(file)).map((file) => [file, () => require(file)]),
  ...files.filter(mocks).map((file) => [file, () => jest.isolateModules(() => require(file))]),
]

// Within a `describe`, so that the hooks of one file stay with its tests.
for (const [file, load] of loads) describe(path.relative(tests, file), () => void load())
