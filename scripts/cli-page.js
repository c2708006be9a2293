import { createProgram } from 'conversa/program'

/** @typedef {ReturnType<typeof createProgram>} Command */

/** Columns that help is made for. */
const WIDTH = 110

/** What a command shows for `--help`. @param {Command} command */
function helpOf(command) {
  let text = ''
  const write = (/** @type {string} */ part) => {
    text += part
  }
  command.configureOutput({ writeOut: write, getOutHelpWidth: () => WIDTH }).outputHelp()
  return text.trim()
}

/** All commands that do something, each with the words that call it. @param {Command} command @returns {{ name: string, command: Command }[]} */
function commandsOf(command, before = '') {
  const name = before === '' ? command.name() : `${before} ${command.name()}`
  const inside = command.commands.flatMap((each) => commandsOf(each, name))
  return command.commands.length > 0 && before !== '' ? inside : before === '' ? inside : [{ name, command }]
}

/** The page of the command line: the help of every command, as it is shown. */
export function cliPage() {
  const program = createProgram({ env: {}, say: () => {}, print: () => {}, exit: () => {} })
  const commands = commandsOf(program)
  return [
    '# The command line',
    '',
    "`conversa` without a command serves. What talks to a running server asks it by HTTP: by REST, or at [the operator's door](operator.md). Results go",
    'to standard output, everything else to standard error; `--json` makes results that programs can read.',
    '',
    '| exit code | means |',
    '|---|---|',
    '| 0 | done |',
    '| 1 | it did not work, or something was found |',
    '| 2 | called or set up wrongly |',
    '',
    '| command | what it does |',
    '|---|---|',
    ...commands.map(({ name, command }) => `| [\`${name}\`](#${name.replaceAll(' ', '-')}) | ${command.description()} |`),
    '',
    ...commands.flatMap(({ name, command }) => [`## ${name}`, '', '```', helpOf(command), '```', '']),
  ]
}
