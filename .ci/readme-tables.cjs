'use strict'

/**
 * Writes the README's two generated tables, between their markers: the settings from the table of
 * variables, the causes from the table of causes. `npm run readme` writes; the test only compares.
 */

const fs = require('node:fs')
const path = require('node:path')
const { causesMarkdown } = require('./readme-causes.cjs')

const README = path.join(__dirname, '../README.md')

function settingsMarkdown(variables) {
  const rows = Object.entries(variables).map(
    ([name, row]) => `| \`${name}\` | ${row.what} | ${row.default ? `\`${row.default}\`` : ''} |`,
  )
  return `| Variable | Meaning | Default |\n|---|---|---|\n${rows.join('\n')}\n`
}

function between(text, name, content) {
  const pattern = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!pattern.test(text)) throw new Error(`The README has no place for the table of ${name}.`)
  return text.replace(pattern, (_, start, end) => `${start}${content}${end}`)
}

/** The README as it has to be. */
function withTables(text, { variables, causes }) {
  const settings = between(text, 'settings', settingsMarkdown(variables))
  return between(settings, 'causes', causesMarkdown(causes))
}

module.exports = { withTables }

if (require.main === module) {
  // The sources as they are: the build has one bundle, and no file for each table.
  require('../test/outbound/load-typescript.cjs')
  const { variables } = require('../src/config/variables.ts')
  const { causes } = require('../src/causes/table.ts')
  fs.writeFileSync(README, withTables(fs.readFileSync(README, 'utf8'), { variables, causes }))
}
