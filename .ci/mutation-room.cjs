// All fast tests of one room as a single test file for the mutation run: the modules load once
// a mutant and not once a test file, which is most of what a mutant costs.
const { readdirSync } = require('node:fs')
const path = require('node:path')

const tests = path.resolve(__dirname, '../test')
for (const folder of process.env.MUTATION_TESTS.split(' ')) {
  for (const name of readdirSync(path.join(tests, folder)).sort()) {
    if (!name.endsWith('.test.ts') || name.endsWith('.slow.test.ts')) continue
    // Within a `describe`, so that the hooks of one file stay with its tests.
    describe(`${folder}/${name}`, () => void require(path.join(tests, folder, name)))
  }
}
