import { expect, test } from 'vitest'
import { LACKING } from './lacking.ts'
import { methodsOf } from './members.ts'
import { SDKS } from './sdks.ts'

const all = new Set(SDKS.flatMap(({ name }) => methodsOf(name)))

test.each(SDKS.map(({ name }) => name))('%s lacks the methods that are said to be lacking, and no other', (name) => {
  const has = methodsOf(name)
  expect(has.length).toBeGreaterThan(40)
  const lacking = [...all].filter((method) => !has.includes(method))
  const said = Object.values(LACKING[name] ?? {}).flat()
  expect(said.filter((member) => all.has(member)).sort()).toEqual(lacking.sort())
})
