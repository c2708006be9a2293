import type { PushNotice } from '@conversa/core'

/*
 * Pushes in the forms that clients of conversations read (twilio-wire-protocol 6.2), ours and the vendor's.
 */

/** Bytes of a payload that the services take. */
const LARGEST = 4096

/**
 * What Firebase hands to an application: texts alone.
 *
 * @param largest bytes of the JSON of it; what is said is cut until it fits
 */
export function dataPayload(notice: PushNotice, largest = LARGEST): Readonly<Record<string, string>> {
  const fields = { ...factsOf(notice), twi_sound: notice.sound, twi_badge: notice.badge }
  const texts = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]))
  return fitted(notice.body, largest, (body) => ({ ...Object.fromEntries(texts), ...(body !== '' && { twi_body: body }) }))
}

/** What Apple's service hands to an application. */
export function applePayload(notice: PushNotice): object {
  const { sound, badge } = notice
  return fitted(notice.body, LARGEST, (body) => ({
    aps: { alert: { body }, ...(sound !== null && { sound }), ...(badge !== null && { badge }) },
    ...factsOf(notice),
  }))
}

function factsOf({ type, conversationSid, conversationTitle, message }: PushNotice): Record<string, string | number> {
  const [first] = message?.media ?? []
  return {
    twi_message_type: `twilio.conversations.${type}`,
    conversation_sid: conversationSid,
    ...(conversationTitle !== null && { conversation_title: conversationTitle }),
    ...(message && { message_sid: message.sid, message_index: message.index }),
    ...(message && first && { media_count: message.media.length, media: mediaText(first) }),
  }
}

function mediaText({
  sid,
  filename,
  contentType: content_type,
  size,
}: NonNullable<PushNotice['message']>['media'][number]): string {
  return JSON.stringify({ sid, filename, content_type, size })
}

/** Builds with as much of a text as fits; what was cut ends with an ellipsis. */
function fitted<Built extends object>(text: string, largest: number, build: (text: string) => Built): Built {
  const fits = (length: number) => Buffer.byteLength(JSON.stringify(build(cut(text, length)))) <= largest
  if (fits(text.length)) return build(text)
  let [low, high] = [0, text.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  return build(cut(text, low))
}

function cut(text: string, length: number): string {
  return length >= text.length ? text : `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…`
}
