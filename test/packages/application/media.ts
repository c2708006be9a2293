import {
  CancellablePromise,
  type Client,
  type ContentData,
  ContentTemplateVariable,
  type Conversation,
  type ConversationLimits,
  type Media,
  type MediaCategory,
  type Message,
  type MessageBuilder,
  type RecipientDescriptor,
  type SendMediaOptions,
  type UnsentMessage,
} from '@twilio/conversations'

export async function sendFile(conversation: Conversation, file: File): Promise<number> {
  const options: SendMediaOptions = { contentType: file.type, media: file }
  options.filename = file.name
  return conversation.sendMessage(options)
}

export function sendForm(conversation: Conversation, form: FormData): Promise<number> {
  return conversation.sendMessage(form, { source: 'form' })
}

export function sendText(conversation: Conversation, text: string): Promise<number> {
  return conversation.sendMessage({ contentType: 'text/plain', filename: 'note.txt', media: text })
}

/** Sends an album; what it gives can be called off. */
export function sendAlbum(conversation: Conversation, files: File[], title: string): CancellablePromise<number | null> {
  const limits: ConversationLimits = conversation.limits
  if (files.length > limits.mediaAttachmentsCountLimit) throw new Error('too many files')
  const builder: MessageBuilder = conversation.prepareMessage().setBody(title).setAttributes({ album: true }).setSubject(title)
  for (const file of files) builder.addMedia({ contentType: file.type, filename: file.name, media: file })
  const form = new FormData()
  form.append('body', new Blob([title], { type: 'text/plain' }), 'body.txt')
  const unsent: UnsentMessage = builder.setEmailBody('text/plain', form).build()
  const text: string | undefined = unsent.text
  return text ? unsent.send() : builder.buildAndSend()
}

export function sendTemplate(conversation: Conversation, contentSid: string): CancellablePromise<number | null> {
  const name = new ContentTemplateVariable('1', 'Ann')
  return conversation
    .prepareMessage()
    .setContentTemplate(contentSid, [name.copyWithValue('Bea')])
    .buildAndSend()
}

export async function templates(client: Client): Promise<string[]> {
  const found = await client.getContentTemplates()
  return found.flatMap(({ friendlyName, variants }) => [...variants.values()].map((data) => `${friendlyName}: ${show(data)}`))
}

function show(data: ContentData): string {
  switch (data.type) {
    case 'text':
      return data.body
    case 'quickReply':
      return data.replies.map(({ title }) => title).join()
    case 'card':
      return data.actions.map((action) => (action.type === 'url' ? action.url : action.rawData)).join()
    default:
      return data.rawData
  }
}

/** Where the pictures of a message are for now, by SID. */
export async function picturesOf(message: Message): Promise<Map<string, string>> {
  const categories: MediaCategory[] = ['media', 'body']
  const files: Media[] | null = message.getMediaByCategories(categories)
  const pictures = (files ?? []).filter(({ contentType, size }) => contentType.startsWith('image/') && size < 1e6)
  return message.getTemporaryContentUrlsForMedia(pictures)
}

export async function addressesOf(client: Client, message: Message): Promise<(string | undefined)[]> {
  const sids = message.attachedMedia?.map(({ sid }) => sid) ?? []
  const urls = await client.getTemporaryContentUrlsForMediaSids(sids)
  return sids.map((sid) => urls.get(sid))
}

/** An address that nobody waits for longer than a moment. */
export function firstAddress({ media }: Message, milliseconds: number): CancellablePromise<string | null> {
  return new CancellablePromise<string | null>((resolve, reject, onCancel) => {
    const asking = media?.getContentTemporaryUrl()
    const timer = setTimeout(() => reject(new Error('it takes too long')), milliseconds)
    onCancel(() => {
      clearTimeout(timer)
      asking?.cancel()
    })
    if (!asking) resolve(null)
    else asking.then(resolve, reject)
  })
}

export async function mailOf(message: Message): Promise<string[]> {
  const parts = [message.getEmailBody('text/html'), message.getEmailHistory()]
  const recipients: RecipientDescriptor[] = await message.getMessageRecipients()
  const data: ContentData | null = await message.getContentData()
  return [...parts.map((part) => part?.filename ?? ''), ...recipients.map(({ type }) => type), data?.type ?? '']
}
