/** A support desk: whoever asks writes into a conversation of their own, and sees what was said as lines. */
export class SupportDesk {
  /** What was said so far, oldest first. */
  lines = []
  #conversation

  constructor(conversation) {
    this.#conversation = conversation
    conversation.on('messageAdded', (message) => this.lines.push(lineOf(message)))
  }

  /**
   * Opens the conversation of a customer, and makes it the first time.
   *
   * @param client an initialised client of the SDK
   * @param customer whose conversation it is
   */
  static async open(client, customer) {
    const conversation = await find(client, customer)
    const desk = new SupportDesk(conversation)
    const { items } = await conversation.getMessages()
    desk.lines.unshift(...items.map(lineOf))
    return desk
  }

  /** Whether anything can still be said. */
  get isOpen() {
    return this.#conversation.state?.current !== 'closed'
  }

  /** Sends a text; without a connection it waits for one. */
  say(text) {
    return this.#conversation.sendMessage(text)
  }
}

const lineOf = ({ author, body }) => `${author}: ${body}`

async function find(client, customer) {
  const uniqueName = `support-${customer}`
  try {
    return await client.getConversationByUniqueName(uniqueName)
  } catch {
    const conversation = await client.createConversation({ uniqueName })
    await conversation.join()
    return conversation
  }
}
