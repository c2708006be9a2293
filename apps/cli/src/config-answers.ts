import { type OptOutTexts, wordIn } from '@conversa/core'

/** What a channel answers by SMS to who writes such a word; `false` is nothing. */
export type AnswerSettings = false | { readonly [Word in 'stop' | 'start' | 'help']?: string | false }

const USUAL = {
  stop: 'You will get no more messages from this number. Reply START to get them again.',
  start: 'You will get messages from this number again. Reply STOP to get no more, HELP for help.',
  help: 'Reply STOP to get no more messages from this number, START to get them again.',
} as const

/** The form of `answers`, for the message. */
export const ANSWERS_NEED =
  'false or an object with any of stop, start and help, each a text of up to 1600 characters that is no such word itself, or false'

/** Whether a value of the file can be `answers`. */
export function isAnswers(value: unknown): value is AnswerSettings | undefined {
  if (value === undefined || value === false) return true
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([word, text]) => Object.hasOwn(USUAL, word) && (text === false || isAnswer(text)))
}

/** A machine that sends back what it gets would take a word at its word. */
function isAnswer(text: unknown): boolean {
  if (typeof text !== 'string' || text.trim() === '' || text.length > 1600) return false
  return wordIn({ address: '', body: text }) === undefined
}

/** What is answered with these settings. */
export function answersOf(settings: AnswerSettings = {}): OptOutTexts | undefined {
  if (settings === false) return undefined
  const { stop = USUAL.stop, start = USUAL.start, help = USUAL.help } = settings
  return { out: stop || undefined, in: start || undefined, help: help || undefined }
}
