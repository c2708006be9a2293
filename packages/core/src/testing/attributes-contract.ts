import { type Command, LIMITS } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { type Person, refusalOf } from './core-world.ts'

interface Place {
  readonly name: string
  readonly limit: number
  readonly command: (conversationSid: string, attributes: string) => Command
  /** What is kept there after the command. */
  readonly kept: (anna: Person, conversationSid: string) => Promise<string | undefined>
}

const conversationKept: Place['kept'] = async (anna, conversationSid) => (await anna.view(conversationSid)).attributes
const messageKept: Place['kept'] = async (anna, conversationSid) => (await anna.messages(conversationSid)).at(-1)?.attributes
const participantKept =
  (participant: string): Place['kept'] =>
  async (anna, conversationSid) =>
    (await anna.ask({ type: 'participant.get', conversationSid, participant })).participant.attributes

/** Everywhere that attributes come in. */
const PLACES: readonly Place[] = [
  {
    name: 'conversation.create',
    limit: LIMITS.conversationAttributesBytes,
    command: (_, attributes) => ({ type: 'conversation.create', uniqueName: 'made', attributes }),
    kept: async (anna) => (await anna.ask({ type: 'conversation.get', uniqueName: 'made' })).conversation.attributes,
  },
  {
    name: 'conversation.update',
    limit: LIMITS.conversationAttributesBytes,
    command: (conversationSid, attributes) => ({ type: 'conversation.update', conversationSid, attributes }),
    kept: conversationKept,
  },
  {
    name: 'participant.add',
    limit: LIMITS.participantAttributesBytes,
    command: (conversationSid, attributes) => ({ type: 'participant.add', conversationSid, identity: 'carl', attributes }),
    kept: participantKept('carl'),
  },
  {
    name: 'participant.update',
    limit: LIMITS.participantAttributesBytes,
    command: (conversationSid, attributes) => ({ type: 'participant.update', conversationSid, participant: 'anna', attributes }),
    kept: participantKept('anna'),
  },
  {
    name: 'message.send',
    limit: LIMITS.messageAttributesBytes,
    command: (conversationSid, attributes) => ({ type: 'message.send', conversationSid, body: 'x', attributes }),
    kept: messageKept,
  },
  {
    name: 'message.update',
    limit: LIMITS.messageAttributesBytes,
    command: (conversationSid, attributes) => ({ type: 'message.update', conversationSid, index: 0, attributes }),
    kept: messageKept,
  },
  {
    name: 'user.update',
    limit: LIMITS.userAttributesBytes,
    command: (_, attributes) => ({ type: 'user.update', attributes }),
    kept: async (anna) => (await anna.ask({ type: 'user.get', identity: 'anna' })).user.attributes,
  },
]

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
/** A JSON text of so many bytes of UTF-8, made of characters of `width` bytes. */
const ofBytes = (bytes: number, character: string, width: number) => {
  const inner = bytes - 2
  return `"${'x'.repeat(inner % width)}${character.repeat(Math.floor(inner / width))}"`
}
const WIDTHS = [
  ['x', 1],
  ['é', 2],
  ['€', 3],
  ['😀', 4],
] as const

/** Attributes: rest-and-semantics 3.3. */
export function attributesContract(begin: BeginWorld): void {
  const room = async () => {
    const world = await begin()
    const anna = await world.user('anna')
    const conversationSid = await anna.converse()
    await anna.send(conversationSid, 'first')
    return { anna, conversationSid }
  }

  describe.each(PLACES)('$name', ({ limit, command, kept }) => {
    const tried = async (attributes: string) => {
      const { anna, conversationSid } = await room()
      const before = await kept(anna, conversationSid).catch(() => undefined)
      const answer = await anna.try(command(conversationSid, attributes))
      const after = await kept(anna, conversationSid).catch(() => undefined)
      return { error: refusalOf(answer), before, after }
    }

    test.each([
      ['an odd text', ' { "b" :\t1e2 ,\r\n"a":"\\u00e9é😀", "b": 2 } '],
      ['prototypes', '{"__proto__":{"admin":true},"constructor":{"prototype":{}},"toString":1}'],
      ['escapes of what a text may not hold', '["\\u0000","\\ud800"]'],
      ['a number', '-0.0'],
      ['a text', '"[[[[{{{{"'],
      ['null', 'null'],
      ['many brackets in a text', JSON.stringify('[{'.repeat(100))],
      ['a quote in a text', `{"a\\"[[[[[":"\\\\"}`],
      ['64 levels', nested(LIMITS.jsonDepth)],
      ['64 levels twice', `[${nested(LIMITS.jsonDepth - 1)},${nested(LIMITS.jsonDepth - 1)}]`],
    ])('keeps byte for byte: %s', async (_, text) => {
      expect(await tried(text)).toMatchObject({ error: expect.any(Object), after: text })
    })

    test.each([
      ['nothing', ''],
      ['white space', '  '],
      ['no JSON', '{a:1}'],
      ['a comma too many', '[1,]'],
      ['two values', '{} {}'],
      ['an open end', '{"a":1'],
      ['undefined', 'undefined'],
      ['NaN', 'NaN'],
      ['65 levels', nested(LIMITS.jsonDepth + 1)],
      ['65 levels of objects', `${'{"a":'.repeat(LIMITS.jsonDepth + 1)}1${'}'.repeat(LIMITS.jsonDepth + 1)}`],
      ['65 levels after an escaped quote', `["\\"",${nested(LIMITS.jsonDepth)}]`],
      ['a thousand open brackets', '['.repeat(1000)],
    ])('refuses %s', async (_, text) => {
      const { error, before, after } = await tried(text)
      expect(error).toBe('attributes-invalid')
      expect(after).toBe(before)
    })

    test.each(WIDTHS)('may have %s up to the limit in bytes', async (character, width) => {
      const longest = ofBytes(limit, character, width)
      expect(await tried(longest)).toMatchObject({ error: expect.any(Object), after: longest })
    })

    test.each(WIDTHS)('may not have %s one byte beyond the limit', async (character, width) => {
      const { error, before, after } = await tried(ofBytes(limit + 1, character, width))
      expect(error).toBe('attributes-too-long')
      expect(after).toBe(before)
    })
  })

  test('what was kept does not reach into anybody', async () => {
    const { anna, conversationSid } = await room()
    await anna.do({ type: 'conversation.update', conversationSid, attributes: '{"__proto__":{"polluted":true}}' })
    const view = await anna.view(conversationSid)
    expect('polluted' in view).toBe(false)
    expect('polluted' in {}).toBe(false)
  })
}
