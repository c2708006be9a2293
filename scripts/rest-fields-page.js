import { fieldRows, OPERATIONS, pathsOf } from '@conversa/server'

/** A text in a cell of a table. @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')

/** @param {import('@conversa/server').Operation} operation */
function operationPart(operation) {
  const [path = '', other] = pathsOf(operation)
  const rows = fieldRows(operation).map(
    ({ name, takes, isNeeded, description }) =>
      `| \`${name}\` | ${cell(takes)} | ${isNeeded ? '**needed** ' : ''}${cell(description)} |`,
  )
  const title = operation.method === 'POST' ? 'field' : 'in the query'
  const table = rows.length === 0 ? ['No fields.'] : [`| ${title} | takes | |`, '|---|---|---|', ...rows]
  return [
    `### ${operation.name}`,
    '',
    `\`${operation.method} ${path}\`, answered with ${operation.status}.${other ? ` Or \`${other}\`.` : ''}`,
    '',
    ...table,
    '',
  ]
}

/** The page of every field of REST, from the table that routes and validation come from. */
export function restFieldsPage() {
  const parts = Map.groupBy(OPERATIONS, ({ name }) => String(name.split('.')[0]))
  return [
    '# REST v1, field by field',
    '',
    'What each operation takes. A running server shows the same at `/v1/docs`, with a call to copy for each; for programs there is',
    '[openapi.json](openapi.json). What the operations do, and which tests hold them: [rest.md](rest.md). Refusals have a code of',
    '[errors.md](errors.md).',
    '',
    ...[...parts].flatMap(([name, operations]) => [`## ${name}`, '', ...operations.flatMap(operationPart)]),
  ]
}
