'use strict'

/**
 * The README's table of causes, one row a cause, made from the exported table so that the words
 * cannot drift apart.
 */

const TITLE =
  '| Cause | What you see | What it means | How to fix it | How we know |\n|---|---|---|---|---|'

/** A cell is one line; a bar inside it would end it. */
const cell = (text) => text.replace(/\s*\n\s*/g, ' ').replace(/\|/g, '\\|')

const fixOf = ({ text, command }) => (command ? `${text} \`${command}\`` : text)

function rowOf([cause, { group, see, title, meaning, fix, proof }]) {
  const name = `<a id="${cause}"></a>\`${cause}\` <sub>${group}</sub>`
  const cells = [name, see, `${title} ${meaning}`, fixOf(fix), proof]
  return `| ${cells.map(cell).join(' | ')} |`
}

/** The whole section below its heading; the order is that of the groups. */
function causesMarkdown(causes) {
  return `${TITLE}\n${Object.entries(causes).map(rowOf).join('\n')}\n`
}

module.exports = { causesMarkdown }
