import { expect, test } from 'vitest'
import type { Store } from '../ports/store.ts'
import { HookQuestions } from './hook-question.ts'

test('whoever came before webhooks were set anew goes on before whoever came after that', async () => {
  const answers: ((found: []) => void)[] = []
  const store = { read: () => new Promise((resolve) => answers.push(resolve)) } as unknown as Store
  const questions = new HookQuestions(store, () => 'WH', { send: async () => ({ status: undefined, body: '' }), unanswered() {} })
  const done: string[] = []
  const ask = async (name: string) => {
    await questions.ask({ actor: { serviceSid: 'IS' } } as never)
    done.push(name)
  }
  const first = ask('first')
  await expect.poll(() => answers.length).toBe(1)
  questions.forget()
  const second = ask('second')
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.([])
  const third = ask('third')
  answers[0]?.([])
  await Promise.all([first, second, third])
  expect(done).toEqual(['first', 'second', 'third'])
})
