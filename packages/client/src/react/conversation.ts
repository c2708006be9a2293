import { useMemo } from 'react'
import type { Client, Conversation } from '../index.ts'
import { useClient } from './provider.ts'
import { Store, useSource } from './source.ts'

/** One conversation, by its SID. */
export interface ConversationStatusView {
  /** `gone`: it was deleted, or the user is not in it any more. */
  readonly status: 'loading' | 'ready' | 'gone' | 'failed'
  /** Also after it is gone. */
  readonly conversation: Conversation | undefined
  readonly error: Error | undefined
}

const LOADING: ConversationStatusView = { status: 'loading', conversation: undefined, error: undefined }

class OneConversation extends Store<ConversationStatusView> {
  readonly #client: Client | undefined
  readonly #sid: string | undefined

  constructor(client: Client | undefined, sid: string | undefined) {
    super(LOADING)
    this.#client = client
    this.#sid = sid
  }

  protected override start(): () => void {
    const client = this.#client
    const sid = this.#sid
    if (!client || !sid) return () => {}
    let isOver = false
    const found = (conversation: Conversation) => {
      if (!isOver && conversation.sid === sid) this.set({ status: 'ready', conversation, error: undefined })
    }
    const gone = (conversation: Conversation) => {
      if (conversation.sid === sid) this.set({ status: 'gone', conversation, error: undefined })
    }
    const failed = (error: Error) => {
      if (!isOver) this.set({ status: 'failed', conversation: undefined, error })
    }
    // Who left and joins again gets another object.
    client.on('conversationJoined', found).on('conversationRemoved', gone)
    client.getConversationBySid(sid).then(found, failed)
    return () => {
      isOver = true
      client.off('conversationJoined', found).off('conversationRemoved', gone)
    }
  }
}

/** Follows one conversation. @param sid undefined for none */
export function useConversation(sid: string | undefined): ConversationStatusView {
  const client = useClient()
  return useSource(useMemo(() => new OneConversation(client, sid), [client, sid]))
}
