/**
 * `npm test`: the checks, then every test. The last line counts both; a test that fails before it starts, because its file or
 * its set-up does, counts as one. With `CI=true` a test that does not run is a failure.
 */
import { relative } from 'node:path'
import { startVitest } from 'vitest/node'
import { runChecks } from './check.js'

const strict = process.env.CI === 'true'

/**
 * Why tests did not run, with how many there are for each reason in each file.
 * @param {import('vitest/node').TestCase[]} tests
 */
function reasons(tests) {
  return Map.groupBy(tests, (test) => {
    const result = test.result()
    const why = test.options.mode === 'todo' ? 'to do' : (result.state === 'skipped' && result.note) || 'no reason given'
    return `${relative(process.cwd(), test.module.moduleId)}: ${why}`
  })
}

async function runTests() {
  const vitest = await startVitest('test', [], { run: true, watch: false })
  const modules = vitest.state.getTestModules()
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const inState = (/** @type {string} */ state) => tests.filter((test) => test.result().state === state)
  const broken = modules.flatMap((module) => [module, ...module.children.allSuites()]).filter((it) => it.errors().length > 0)
  const unhandled = vitest.state.getUnhandledErrors().length
  await vitest.close()
  return {
    passed: inState('passed').length,
    failed: inState('failed').length + broken.length + unhandled,
    missing: tests.filter((test) => !['passed', 'failed'].includes(test.result().state)),
  }
}

const checks = await runChecks()
const tests = await runTests()

for (const [reason, { length }] of reasons(tests.missing)) console.log(`skipped ${length}: ${reason}`)
const failed = checks.failed + tests.failed + (strict ? tests.missing.length : 0)
if (strict && tests.missing.length > 0) console.log('CI=true: a test that does not run is a failure.')
process.exitCode = failed > 0 ? 1 : 0
console.log(`${checks.passed + tests.passed} passed, ${failed} failed`)
