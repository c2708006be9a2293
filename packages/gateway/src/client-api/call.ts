import { type Actor, type Core, Refusal } from '@conversa/core'
import type { Command, CommandType, ConversationView, Query, QueryType, Result } from '@conversa/protocol'
import { validatorOf } from '@conversa/protocol/schema'
import type { Subscriptions } from '../sync/subscriptions.ts'
import type { Grant } from '../twilsock/peer.ts'
import type { TunnelRequest } from '../twilsock/tunnel.ts'

/** A refusal on its way to the answer: handlers read as if nothing were ever refused. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.name)
    this.refusal = refusal
  }
}

/** Who asks, and what they may use to answer. */
export interface CallContext {
  readonly core: Core
  readonly actor: Actor
  readonly grant: Grant
  readonly subscriptions: Subscriptions
  /** The address of this server as the client knows it. */
  readonly origin: string
}

/** One tunnelled request with the core behind it. */
export class Call {
  readonly #context: CallContext
  readonly request: TunnelRequest
  readonly grant: Grant
  readonly actor: Actor
  readonly subscriptions: Subscriptions
  readonly origin: string
  readonly core: Core

  constructor(context: CallContext, request: TunnelRequest) {
    const { core, actor, grant, subscriptions, origin } = context
    this.#context = context
    this.core = core
    this.actor = actor
    this.grant = grant
    this.subscriptions = subscriptions
    this.origin = origin
    this.request = request
  }

  /**
   * The same caller with another request: what an older client asks, as a newer one would.
   *
   * @param mutationId names the write, so that a repeated one is the same
   */
  instead(body: TunnelRequest['body'], mutationId: string): Call {
    return new Call(this.#context, { ...this.request, body, mutationId })
  }

  /**
   * Carries a command out. Its form is judged by the one schema of it, whatever the vendor's client sent.
   *
   * @param fields of the command; undefined ones were not given
   * @throws Refused
   */
  async execute<Name extends CommandType>(type: Name, fields: object): Promise<Result<Name>> {
    const { mutationId: key } = this.request
    const command = formed<Command<Name>>(type, { ...fields, ...(key !== undefined && { key }) })
    return accepted(await this.core.execute<Name>(this.actor, command))
  }

  /** Asks. @throws Refused */
  async ask<Name extends QueryType>(type: Name, fields: object): Promise<Result<Name>> {
    return accepted(await this.core.answer<Name>(this.actor, formed<Query<Name>>(type, fields)))
  }

  /** A conversation by SID or, failing that, by unique name. @throws Refused */
  async conversation(name: string): Promise<ConversationView> {
    const bySid = /^CH[0-9a-fA-F]{32}$/.test(name)
    const { conversation } = await this.ask('conversation.get', bySid ? { conversationSid: name } : { uniqueName: name })
    return conversation
  }
}

function formed<Request>(type: string, fields: object): Request {
  const request = JSON.parse(JSON.stringify({ type, ...fields }))
  const validator = validatorOf(type)
  if (validator?.check(request)) return request as Request
  throw new Refused(new Refusal('parameter-invalid', { ...validator?.explain(request) }))
}

function accepted<T extends object>(answer: T | Refusal): T {
  if (answer instanceof Refusal) throw new Refused(answer)
  return answer
}
