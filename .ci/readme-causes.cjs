'use strict'

/**
 * The README's table of causes, one row a cause, made from the exported table so that the words
 * cannot drift apart. `node .ci/readme-causes.cjs` prints it from the build.
 */

const TITLE =
  '| Cause | What you see | What it means | How to fix it | How we know |\n|---|---|---|---|---|'

/** A cell is one line; a bar inside it would end it. */
const cell = (text) => text.replace(/\s*\n\s*/g, ' ').replace(/\|/g, '\\|')

const fixOf = ({ text, command }) => (command ? `${text} \`${command}\`` : text)

function rowOf([cause, { see, title, meaning, fix, proof }]) {
  const cells = [`<a id="${cause}"></a>\`${cause}\``, see, `${title} ${meaning}`, fixOf(fix), proof]
  return `| ${cells.map(cell).join(' | ')} |`
}

/** The whole section below its heading: a table for every group. */
function causesMarkdown(causes) {
  const groups = new Map()
  for (const entry of Object.entries(causes)) {
    const { group } = entry[1]
    groups.set(group, [...(groups.get(group) ?? []), entry])
  }
  const tables = [...groups].map(
    ([group, entries]) => `### ${group}\n\n${TITLE}\n${entries.map(rowOf).join('\n')}`,
  )
  return `${tables.join('\n\n')}\n`
}

module.exports = { causesMarkdown }

if (require.main === module) {
  process.stdout.write(causesMarkdown(require('../dist/index.js').causes))
}
