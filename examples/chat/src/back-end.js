import { randomUUID } from 'node:crypto'
import twilio from 'twilio'

const { AccessToken } = twilio.jwt

const LOUNGE = 'lounge'
/** What a refusal says of somebody who is there, or of a name that is taken: it was done before. */
const DONE_BEFORE = [50433, 50353]

/** Who is signed in, their access tokens, and the lounge that they are in. */
export class BackEnd {
  #names = new Map()
  #credentials
  #conversations

  /**
   * @param url where Conversa is
   * @param credentials of Conversa: the account, and the key that signs access tokens
   */
  constructor(url, credentials) {
    const client = twilio(credentials.accountSid, credentials.authToken)
    client.conversations.baseUrl = url
    this.#conversations = client.conversations.v1.conversations
    this.#credentials = credentials
  }

  /** Lets somebody in. An application of yours would ask for more than a name. @returns what names their session */
  async signIn(name) {
    await unlessDone(this.#conversations.create({ uniqueName: LOUNGE, friendlyName: 'Lounge' }))
    await unlessDone(this.#conversations(LOUNGE).participants.create({ identity: name }))
    const session = randomUUID()
    this.#names.set(session, name)
    return session
  }

  /** An access token of whoever is signed in; undefined for others. */
  token(session) {
    const identity = this.#names.get(session)
    if (identity === undefined) return undefined
    const { accountSid, apiKeySid, apiKeySecret, serviceSid } = this.#credentials
    const token = new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity, ttl: 3600 })
    token.addGrant(new AccessToken.ChatGrant({ serviceSid }))
    return token.toJwt()
  }
}

async function unlessDone(doing) {
  try {
    await doing
  } catch (error) {
    if (!DONE_BEFORE.includes(error.code)) throw error
  }
}
