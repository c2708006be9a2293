import { requireOneOf } from '../arguments.ts'
import type { Session } from './session.ts'

/** A service that carries pushes. */
export type NotificationsChannelType = 'fcm' | 'apn' | 'web'

/**
 * The devices on which the user can be reached. What is registered stays so on the server, whatever becomes of the connection, and
 * only its owner can take it away there: after somebody else signed in, what was registered before cannot be harmed from here.
 */
export class PushRegistrations {
  readonly #session: Session
  /** What this client registered last. */
  readonly #registered = new Map<NotificationsChannelType, string>()

  constructor(session: Session) {
    this.#session = session
  }

  /** Registers a device in the place of the one that this client registered before. */
  async set(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    const before = this.#registered.get(channelType)
    this.#registered.set(channelType, registrationId)
    await this.#session.run({ type: 'push.register', channelType, registrationId })
    if (before && before !== registrationId) await this.remove(channelType, before)
  }

  /** Unregisters what this client registered. */
  async unset(channelType: NotificationsChannelType): Promise<void> {
    const registrationId = this.#registered.get(channelType)
    if (registrationId) await this.remove(channelType, registrationId)
  }

  /** Unregisters a device, whichever client registered it. */
  async remove(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    if (this.#registered.get(channelType) === registrationId) this.#registered.delete(channelType)
    await this.#session.run({ type: 'push.unregister', channelType, registrationId })
  }
}

/** @throws ConversaError unless it is a service that carries pushes */
export function requireChannel(channelType: unknown): void {
  requireOneOf(channelType, ['fcm', 'apn', 'web'], 'channelType')
}
