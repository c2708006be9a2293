import type { ClientEvents, ConnectionError } from '../client-events.ts'
import type { Emitter } from '../emitter.ts'
import { type ConversaError, failure } from '../errors.ts'
import { PushRegistrations } from '../session/push-registrations.ts'
import type { SessionListener } from '../session/session.ts'
import { Session, type SessionOptions } from '../session/session.ts'
import type { Stream } from '../sync/stream.ts'
import { LiveConversation } from './live-conversation.ts'
import { Readiness } from './readiness.ts'
import { Users } from './users.ts'

/** What stands behind one `Client`: the session, and the application's objects that it keeps alive. */
export class Live {
  readonly session: Session
  readonly users: Users
  readonly pushRegistrations: PushRegistrations
  readonly readiness = new Readiness()
  readonly #client: Emitter<ClientEvents>
  readonly #conversations = new WeakMap<Stream, LiveConversation>()

  constructor(client: Emitter<ClientEvents>, options: Omit<SessionOptions, 'listener'>) {
    this.#client = client
    this.users = new Users(() => this.session, client)
    this.session = new Session({ ...options, listener: this.#listener() })
    this.pushRegistrations = new PushRegistrations(this.session)
  }

  /** What stands behind the conversation of a stream; always the same. */
  of(stream: Stream): LiveConversation {
    const known = this.#conversations.get(stream)
    if (known) return known
    const live = new LiveConversation({ session: this.session, users: this.users, client: this.#client }, stream)
    this.#conversations.set(stream, live)
    return live
  }

  /** Ends everything. */
  shutdown(): void {
    this.session.shutdown()
    this.readiness.failed(failure('shutDown'))
    for (const stream of this.session.sync.streams.all()) this.#conversations.get(stream)?.typing.clear()
  }

  #listener(): SessionListener {
    const client = this.#client
    const { users } = this
    return {
      isInUse: (stream) => this.#conversations.get(stream)?.isInUse ?? false,
      added: (stream) => client.emit('conversationAdded', this.of(stream).conversation),
      joined: (stream) => this.#joined(stream),
      left: (stream) => client.emit('conversationLeft', this.of(stream).conversation),
      removed: (stream) => this.of(stream).removed(),
      happened: (stream, event) => this.of(stream).happened(event),
      changed: (stream, before) => this.of(stream).changed(before),
      jumped: (stream, isNewLife) => this.of(stream).jumped(isNewLife),
      typing: (stream, event) => this.of(stream).typed(event),
      user: (user, reachability) => users.signedIn(user, reachability),
      userChanged: ({ changes, dateUpdated }) => users.changed({ ...changes, dateUpdated }),
      told: (event) => users.told(event),
      listed: () => this.#listed(),
      connectionState: (state) => client.emit('connectionStateChanged', state),
      connectionFailed: (error, terminal) => this.#failed(error, terminal),
      tokenAboutToExpire: () => client.emit('tokenAboutToExpire'),
      tokenExpired: () => client.emit('tokenExpired'),
    }
  }

  /** What the application holds from before was not followed. */
  #joined(stream: Stream): void {
    this.#conversations.get(stream)?.jumped(false)
    this.#client.emit('conversationJoined', this.of(stream).conversation)
  }

  #listed(): void {
    if (this.readiness.isReady) return
    this.readiness.reached()
    this.#client.emit('stateChanged', 'initialized')
    this.#client.emit('initialized')
  }

  #failed(error: ConversaError, terminal: boolean): void {
    const told: ConnectionError = { terminal, message: error.message, httpStatusCode: error.status, errorCode: error.code }
    this.#client.emit('connectionError', told)
    if (!terminal || this.readiness.isReady) return
    this.readiness.failed(error)
    this.#client.emit('stateChanged', 'failed')
    this.#client.emit('initFailed', { error: told })
  }
}
