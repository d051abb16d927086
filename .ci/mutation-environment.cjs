// Ends the tests of a mutant at the first failure, which decides it; jest has no such option.
const { TestEnvironment } = require('jest-environment-node')

module.exports = class extends TestEnvironment {
  handleTestEvent(event) {
    if (!process.env.__STRYKER_ACTIVE_MUTANT__) return
    if (event.name === 'test_done' && event.test.errors.length > 0) this.failed = true
    if (event.name === 'test_start' && this.failed) event.test.mode = 'skip'
  }
}
