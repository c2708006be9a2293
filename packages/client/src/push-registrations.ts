import { requireOneOf, requireText } from './arguments.ts'
import type { Session } from './session.ts'

/** A service that carries pushes. */
export type NotificationsChannelType = 'fcm' | 'apn'

const CHANNELS: readonly NotificationsChannelType[] = ['fcm', 'apn']

/** What this client registered, under whom. */
interface Registered {
  readonly registrationId: string
  readonly identity: string
}

/** The devices on which the user can be reached. What is registered stays so on the server, whatever becomes of the connection. */
export class PushRegistrations {
  readonly #session: Session
  readonly #registered = new Map<NotificationsChannelType, Registered>()

  constructor(session: Session) {
    this.#session = session
  }

  /** Registers a device in the place of the one that this client registered before. */
  async set(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    const { identity } = this.#session
    const before = this.#own(channelType)
    const registered = { registrationId, identity }
    this.#registered.set(channelType, registered)
    try {
      await this.#session.run({ type: 'push.register', channelType, registrationId })
    } catch (error) {
      if (this.#registered.get(channelType) === registered) this.#registered.delete(channelType)
      throw error
    }
    if (before !== undefined && before !== registrationId && this.#session.identity === identity) {
      await this.remove(channelType, before)
    }
  }

  /** Unregisters what this client registered. */
  async unset(channelType: NotificationsChannelType): Promise<void> {
    const registrationId = this.#own(channelType)
    if (registrationId !== undefined) await this.remove(channelType, registrationId)
  }

  /** Unregisters a device, whichever client registered it. */
  async remove(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    if (this.#own(channelType) === registrationId) this.#registered.delete(channelType)
    await this.#session.run({ type: 'push.unregister', channelType, registrationId })
  }

  /** What somebody else registered who was signed in here is not this user's to change. */
  #own(channelType: NotificationsChannelType): string | undefined {
    const registered = this.#registered.get(channelType)
    return registered?.identity === this.#session.identity ? registered.registrationId : undefined
  }
}

/** @throws ConversaError unless it is a service that carries pushes */
export function requireChannel(channelType: unknown): void {
  requireOneOf(channelType, CHANNELS, 'channelType')
}

/** @throws ConversaError unless it can name a device */
export function requireRegistrationId(registrationId: unknown): void {
  requireText(registrationId, 'registrationId')
}
