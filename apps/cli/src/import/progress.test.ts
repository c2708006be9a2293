import { expect, test } from 'vitest'
import { Progress } from './progress.ts'

function screen(isTerminal: boolean, columns = 80) {
  const written: string[] = []
  let now = 0
  const progress = new Progress({ isTerminal, columns, write: (text) => void written.push(text) }, () => now)
  return { written, progress, pass: (milliseconds: number) => (now += milliseconds) }
}

test('a terminal has a bar that is drawn anew', () => {
  const { written, progress, pass } = screen(true)
  progress.begin(4)
  progress.conversation()
  expect(written).toEqual([])
  pass(200)
  progress.messages(30)
  expect(written).toEqual(['\r\x1b[K[######------------------] 1 of 4 conversations, 30 messages'])
  progress.end()
  expect(written.at(-1)).toBe('\r\x1b[K[######------------------] 1 of 4 conversations, 30 messages\n')
})

test('elsewhere there is a line now and then', () => {
  const { written, progress, pass } = screen(false)
  progress.begin(undefined)
  for (let second = 0; second < 25; second++) {
    pass(1000)
    progress.conversation()
  }
  progress.end()
  expect(written).toEqual(['10 conversations, 0 messages\n', '20 conversations, 0 messages\n', '25 conversations, 0 messages\n'])
})
