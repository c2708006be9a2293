import type { Client } from '@conversa/client'

const WORKER = 'service-worker.js'

/** What is needed to tell the server of this browser. */
export interface PushContext {
  readonly client: Client
  readonly fetchToken: () => Promise<string>
}

/** Whether this browser can be pushed to at all. */
export const canPush = (): boolean => 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis

/** What this browser is subscribed with, if it is. */
export async function currentSubscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration()
  return (await registration?.pushManager.getSubscription()) ?? null
}

/**
 * Subscribes this browser, and tells the server.
 *
 * @throws when the person or the browser does not want it, or the server has no key
 */
export async function subscribe(context: PushContext): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') {
    throw new Error('Notifications are blocked for this page. Allow them in the settings of the browser, and try again.')
  }
  const registration = await navigator.serviceWorker.register(WORKER)
  await navigator.serviceWorker.ready
  const options = { userVisibleOnly: true, applicationServerKey: await serverKey(context) }
  await register(context, await registration.pushManager.subscribe(options))
}

/** Tells the server anew of a browser that is subscribed, by a new subscription when the server has other keys by now. */
export async function renew(context: PushContext, subscription: PushSubscription): Promise<void> {
  const key = subscription.options.applicationServerKey
  if (key && base64url(key) === (await serverKey(context))) return register(context, subscription)
  await subscription.unsubscribe()
  await subscribe(context)
}

/** Ends it, here and on the server. */
export async function unsubscribe({ client }: Pick<PushContext, 'client'>): Promise<void> {
  const subscription = await currentSubscription()
  if (!subscription) return
  await client.removePushRegistrations('web', JSON.stringify(subscription))
  await subscription.unsubscribe()
}

/** The same for somebody who goes: without waiting for a server that may not be there. It finds out when it pushes. */
export async function abandon({ client }: Pick<PushContext, 'client'>): Promise<void> {
  const subscription = await currentSubscription()
  if (!subscription) return
  client.removePushRegistrations('web', JSON.stringify(subscription)).catch(() => {})
  await subscription.unsubscribe()
}

function register({ client }: PushContext, subscription: PushSubscription): Promise<void> {
  return client.setPushRegistrationId('web', JSON.stringify(subscription))
}

async function serverKey({ fetchToken }: PushContext): Promise<string> {
  const response = await fetch('/v1/push/key', { headers: { authorization: `Bearer ${await fetchToken()}` } })
  if (!response.ok) throw new Error(`The server gave no key for notifications (${response.status}).`)
  return ((await response.json()) as { readonly public_key: string }).public_key
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
