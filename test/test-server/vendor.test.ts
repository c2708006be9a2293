import { createTestServer } from 'conversa'
import twilio from 'twilio'
import { expect, onTestFinished, test } from 'vitest'
import { nextOf } from '../every-sdk/events.ts'
import { VENDORS } from '../every-sdk/sdks.ts'

test.each(VENDORS)("the vendor's SDK $name and helper work with it, and hear what time brings", async (sdk) => {
  const server = await createTestServer()
  onTestFinished(() => server.close())
  const { accountSid, authToken, apiKeySid, apiKeySecret, serviceSid, url, uri } = server
  const helper = twilio(accountSid, authToken)
  helper.conversations.baseUrl = url
  const { AccessToken } = twilio.jwt
  const token = new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity: 'anna', ttl: 3600 })
  token.addGrant(new AccessToken.ChatGrant({ serviceSid }))

  const anna = await sdk.create(token.toJwt(), { Twilsock: { uri } })
  await sdk.loaded(anna)
  onTestFinished(() => anna.shutdown())
  const conversation = await anna.createConversation({ uniqueName: 'lunch' })
  await conversation.join()
  // What is there when the client has loaded is no news to it.
  await conversation.getMessages(1)
  const heard = nextOf<{ body: string }>(conversation, 'messageAdded')
  const { v1 } = helper.conversations
  await v1.conversations('lunch').messages.create({ author: 'system', body: 'Soup?' })
  expect((await heard).body).toBe('Soup?')

  await v1.conversations('lunch').update({ 'timers.closed': 'PT30M' })
  await server.advance(30 * 60_000)
  // Its client has read what it was told by then, and works on it.
  await expect.poll(() => conversation.state?.current, { timeout: 10_000 }).toBe('closed')
  const expiring = nextOf(anna, 'tokenAboutToExpire')
  await server.advance(28 * 60_000)
  await expiring
})
