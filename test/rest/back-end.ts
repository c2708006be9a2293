import twilio from 'twilio'
import { describe, test } from 'vitest'
import { ACCOUNTS, type InProcessServer, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { World } from '../scenarios/world.ts'

type Twilio = ReturnType<typeof twilio>
type AccountForm = Twilio['conversations']['v1']
type ServiceForm = ReturnType<AccountForm['services']>

type Template = Parameters<Twilio['content']['v1']['contents']['create']>[0]

/** What the account-level form and that of a service have in common. */
export type Api = Pick<
  AccountForm & ServiceForm,
  'conversations' | 'users' | 'roles' | 'participantConversations' | 'conversationWithParticipants'
>

/** The helper library, unmodified, with the lines that point it at our server. */
export function backEndOf(server: Pick<InProcessServer, 'url'>, account: (typeof ACCOUNTS)[number] = ACCOUNTS[0]): Twilio {
  const client = twilio(account.sid, account.authToken)
  client.conversations.baseUrl = server.url
  client.content.baseUrl = server.url
  return client
}

/** A template as the vendor's API takes it; the helper's own types name it otherwise, and it sends what it is given. */
export const template = (fields: object): Template =>
  ({ friendly_name: 'hello', language: 'en', types: { 'twilio/text': { body: 'Hello' } }, ...fields }) as unknown as Template

/** What a test of an operation works with. */
export interface Stage {
  readonly world: World
  readonly api: Api
  readonly client: Twilio
  readonly form: 'account' | 'service'
}

/**
 * Tests of one operation, each in both of its forms. The reference page of REST finds them by these names.
 *
 * @param name as in the table of operations
 */
export function operation(name: string, tests: Readonly<Record<string, (stage: Stage) => Promise<void>>>): void {
  describe(name, () => {
    for (const form of ['account', 'service'] as const) {
      test.each(Object.entries(tests))(`%s (${form})`, async (_, run) => {
        const world = await World.begin()
        const client = backEndOf(world.server)
        const { v1 } = client.conversations
        await run({ world, client, form, api: (form === 'account' ? v1 : v1.services(SERVICE_SID)) as unknown as Api })
      })
    }
  })
}

/** The refusal of a promise, as the helper tells it. */
export async function refusalOf(
  promise: Promise<unknown>,
): Promise<{ code: number; status: number; message: string; moreInfo: string }> {
  try {
    await promise
  } catch (error) {
    return error as { code: number; status: number; message: string; moreInfo: string }
  }
  throw new Error('it was not refused')
}
