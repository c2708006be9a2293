import { Client } from '@conversa/client'
import twilio from 'twilio'
import { expect, onTestFinished, vi } from 'vitest'
import {
  ACCOUNT_SID,
  API_KEY,
  type InProcessOptions,
  type InProcessServer,
  SERVICE_SID,
  startInProcess,
} from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { BrowserService } from './browser-service.ts'

/** A server that pushes, a push service of browsers, and a back end; for the test that runs. TEST_STORE says on which store. */
export class PushStage {
  readonly server: InProcessServer
  readonly browser: BrowserService
  readonly api: ReturnType<ReturnType<typeof backEndOf>['conversations']['v1']['services']>

  private constructor(server: InProcessServer, browser: BrowserService) {
    this.server = server
    this.browser = browser
    this.api = backEndOf(server).conversations.v1.services(SERVICE_SID)
  }

  /** @param options of the server, which tells of new messages, of being added and of being removed */
  static async begin(
    options: Pick<InProcessOptions, 'push' | 'clock' | 'transport' | 'times' | 'mayBePrivate' | 'lookup'> = {},
  ): Promise<PushStage> {
    const server = await startInProcess(options)
    onTestFinished(() => server[Symbol.asyncDispose]())
    const stage = new PushStage(server, await BrowserService.begin())
    await stage.api.configuration.notifications().update({
      'newMessage.enabled': true,
      'newMessage.badgeCountEnabled': true,
      'newMessage.sound': 'ping',
      'newMessage.withMedia.enabled': true,
      'addedToConversation.enabled': true,
      'removedFromConversation.enabled': true,
    })
    return stage
  }

  get credentials() {
    return backEndOf(this.server).conversations.v1.credentials
  }

  /** Lets a browser of somebody be registered, who is not connected afterwards. */
  async browserOf(identity: string, name = identity): Promise<void> {
    await this.register(identity, 'web', this.browser.subscribe(name, await this.serverKey(identity)))
  }

  /** A token as the vendor's helper library makes it, which names what devices are pushed to with. */
  tokenFor(identity: string, pushCredentialSid: string): string {
    const { AccessToken } = twilio.jwt
    const token = new AccessToken(ACCOUNT_SID, API_KEY.sid, API_KEY.secret, { identity })
    token.addGrant(new AccessToken.ChatGrant({ serviceSid: SERVICE_SID, pushCredentialSid }))
    return token.toJwt()
  }

  /** What browsers ask for before they subscribe. */
  async serverKey(identity: string): Promise<string> {
    const authorization = `Bearer ${await this.server.token(identity)}`
    const response = await fetch(`${this.server.url}/v1/push/key`, { headers: { authorization } })
    return ((await response.json()) as { public_key: string }).public_key
  }

  /** The same of any device. */
  async register(identity: string, channelType: 'apn' | 'fcm' | 'web', registrationId: string): Promise<void> {
    const raw = await this.server.signIn(identity)
    await raw.ask({ type: 'push.register', channelType, registrationId })
    await raw.close()
    await this.nobodyIsConnected()
  }

  async nobodyIsConnected(): Promise<void> {
    await vi.waitFor(async () => expect(await this.server.metric('conversa_connections')).toBe(0), {
      timeout: 20_000,
      interval: 5,
    })
  }

  /** A conversation with people in it, who were not told that they were added. */
  async room(friendlyName: string, ...identities: string[]): Promise<string> {
    const notifications = this.api.configuration.notifications()
    await notifications.update({ 'addedToConversation.enabled': false })
    const { sid } = await this.api.conversations.create({ friendlyName })
    for (const identity of identities) await this.api.conversations(sid).participants.create({ identity })
    await notifications.update({ 'addedToConversation.enabled': true })
    return sid
  }

  /** Somebody says something through the API of back ends. */
  async say(sid: string, author: string, body: string): Promise<void> {
    await this.api.conversations(sid).messages.create({ author, body })
  }

  /** Somebody's client, connected. */
  async client(identity: string): Promise<Client> {
    const client = await Client.create(await this.server.token(identity), { url: this.server.url })
    onTestFinished(() => client.shutdown())
    return client
  }

  /** Waits until nothing is left to be sent, now or later. */
  async isDone(): Promise<void> {
    await vi.waitFor(
      async () => {
        const left = ['conversa_notice_pending', 'conversa_push_pending'].map((name) => this.server.metric(name))
        expect(await Promise.all(left)).toEqual([0, 0])
      },
      { timeout: 20_000, interval: 5 },
    )
    expect(this.browser.problems).toEqual([])
  }

  /** The devices of the service, as REST shows them. */
  async bindings(): Promise<string[]> {
    return (await this.api.bindings.list()).map(({ identity, bindingType }) => `${identity} ${bindingType}`).sort()
  }
}
