import { Client } from '@conversa/client'

/*
 * Runs beside the page, and when there is none: shows what was pushed, and leads to it.
 */

/** What a worker knows of the world around it, as far as it is used here; the types of pages do not have it. */
interface Worker {
  readonly registration: ServiceWorkerRegistration
  readonly clients: {
    matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: boolean }): Promise<readonly Page[]>
    openWindow(url: string): Promise<unknown>
  }
  addEventListener(type: 'push', listener: (event: PushHappened) => void): void
  addEventListener(type: 'notificationclick', listener: (event: NotificationClicked) => void): void
}

interface Page {
  postMessage(message: unknown): void
  focus(): Promise<unknown>
}

interface Lasting {
  /** Keeps the worker alive for as long. */
  waitUntil(work: Promise<unknown>): void
}

interface PushHappened extends Lasting {
  readonly data: { json(): unknown } | null
}

interface NotificationClicked extends Lasting {
  readonly notification: Notification
}

const worker = globalThis as unknown as Worker

worker.addEventListener('push', (event) => event.waitUntil(show(event.data?.json())))
worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data?.sid))
})

/** A later push of a conversation takes the place of the one before. */
async function show(payload: unknown): Promise<void> {
  const { body, data } = Client.parsePushNotification(payload)
  const { conversationSid: sid, conversationTitle } = data
  const options = { ...(body !== null && { body }), ...(sid !== undefined && { tag: sid }), data: { sid } }
  await worker.registration.showNotification(conversationTitle ?? 'Conversa', options)
}

/** Opens a conversation in the page that is there, or in a new one. */
async function open(sid: string | undefined): Promise<void> {
  const [page] = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (!page) {
    await worker.clients.openWindow(sid === undefined ? '/' : `/#/${sid}`)
    return
  }
  if (sid !== undefined) page.postMessage({ openConversation: sid })
  // A browser that does not let it come to the front has it open all the same.
  await page.focus().catch(() => {})
}
