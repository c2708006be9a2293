import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client, Conversation, Message } from '@conversa/client'
import { createTestServer, type TestServer } from 'conversa'
import twilio from 'twilio'

/** What examples speak of without saying where it comes from; docs/README.md tells readers. */
export interface Stage {
  readonly url: string
  readonly token: string
  readonly fetchToken: () => Promise<string>
  readonly client: Client
  readonly bob: Client
  readonly conversation: Conversation
  readonly message: Message
  readonly file: File
  readonly server: TestServer
  readonly accountSid: string
  readonly authToken: string
  readonly serviceSid: string
  readonly apiKeySid: string
  readonly apiKeySecret: string
  /** The vendor's helper library, on this server. */
  readonly backEnd: ReturnType<typeof twilio>
}

/** Sets the stage for the examples of a page: a server, two people, and a conversation between them. */
export async function setStage(folder: string): Promise<Stage> {
  const server = await createTestServer()
  const { url, accountSid, authToken, serviceSid, apiKeySid, apiKeySecret } = server
  const backEnd = twilio(accountSid, authToken)
  backEnd.conversations.baseUrl = url
  backEnd.content.baseUrl = url
  const [client, bob] = [await server.client('alice'), await server.client('bob')]
  const conversation = await client.createConversation({ friendlyName: 'Lunch', uniqueName: 'lunch' })
  await conversation.join()
  await conversation.add('bob')
  await conversation.sendMessage('Soup or salad?')
  await conversation.sendMessage('The soup is tomato.')
  const message = (await conversation.getMessages()).items[0]
  if (!message) throw new Error('there is no message')
  await server.settled()
  const file = new File(['a picture'], 'soup.txt', { type: 'text/plain' })
  await writeFile(join(folder, 'soup.txt'), 'a picture')
  const fetchToken = () => server.token('alice')
  const credentials = { accountSid, authToken, serviceSid, apiKeySid, apiKeySecret }
  return { url, token: await fetchToken(), fetchToken, client, bob, conversation, message, file, server, backEnd, ...credentials }
}
